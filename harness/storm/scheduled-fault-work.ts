/** What the faults of a schedule are on the real stage, by kind and severity. */

import type { ActiveFault } from '../fault/active-fault.ts';
import type { UpstreamHandle } from '../run/upstream-handle.ts';
import type { ScheduledFault } from '../schedule/schedule.ts';

type Degrees<T> = readonly [T, T, T];

const LATENCY_MS: Degrees<number> = [50, 200, 800];
const SLICES: Degrees<{ readonly bytes: number; readonly delayUs: number }> = [
  { bytes: 128, delayUs: 1_000 },
  { bytes: 64, delayUs: 2_000 },
  { bytes: 16, delayUs: 5_000 },
];
const KILOBYTES_PER_SECOND: Degrees<number> = [64, 8, 1];
const BYTES_LEFT: Degrees<number> = [1_500, 300, 20];
const ERRORS: Degrees<number | 'always'> = [1, 3, 'always'];

/** Resolves once it is active. */
export function strikeScheduled(
  upstream: UpstreamHandle,
  { kind, severity }: Pick<ScheduledFault, 'kind' | 'severity'>,
): Promise<ActiveFault> {
  const of = <T>(degrees: Degrees<T>): T => degrees[severity] ?? degrees[2];
  switch (kind) {
    case 'latency':
      return upstream.network({ kind, latencyMs: of(LATENCY_MS) });
    case 'slicer':
      return upstream.network({ kind, ...of(SLICES) });
    case 'bandwidth':
      return upstream.network({ kind, kilobytesPerSecond: of(KILOBYTES_PER_SECOND) });
    case 'limit-data':
      return upstream.network({ kind, bytes: of(BYTES_LEFT) });
    case 'reset':
    case 'blackhole':
    case 'down':
      return upstream.network({ kind });
    case 'status':
      return upstream.misbehave({ kind, status: 500, times: of(ERRORS) });
    case 'hang':
    case 'forget-sessions':
      return upstream.misbehave({ kind });
    case 'freeze':
      return upstream.freeze();
    case 'kill':
      break;
  }
  return upstream.kill();
}
