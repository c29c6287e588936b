/** What a load run found, as a person reads it: five numbers that must be zero, and what they were measured on. */

import { durationText } from '../report/duration-text.ts';
import { plainTable } from '../report/summary-table.ts';
import type { LoadResult } from '../../load/load-result.ts';
import type { Terminal } from './terminal.ts';

export function loadSummary({ load }: LoadResult, { colours }: Terminal): string {
  const { profile, details, counts, latencyMs, callsPerSecond, dashboard } = load;
  const table = plainTable(['load', 'value']);
  const row = (name: string, value: string | number): void => void table.push([name, value]);
  row('users', profile.users.toLocaleString('en'));
  row('duration', durationText(profile.durationMs));
  if (counts !== undefined) {
    row('calls', counts.calls.toLocaleString('en'));
    row('exposed to a fault', counts.exposedCalls.toLocaleString('en'));
    row('errors, exposed', counts.exposedErrors.toLocaleString('en'));
    row('losses told', counts.lossesTold.toLocaleString('en'));
  }
  if (callsPerSecond !== undefined) row('calls a second', callsPerSecond.toFixed(0));
  for (const [name, value] of Object.entries(latencyMs ?? {})) {
    row(`latency ${name}`, `${value.toFixed(1)} ms`);
  }
  for (const { name, value } of details) {
    row(name, value === 0 ? colours.green('0') : colours.red(String(value)));
  }
  return [table.toString(), ...(dashboard === undefined ? [] : [`dashboard: ${dashboard}`])].join(
    '\n',
  );
}
