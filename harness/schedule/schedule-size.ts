/** How large a schedule is, in words: "2 sessions, 3 operations, 1 fault". */

import type { Schedule } from './schedule.ts';

export function scheduleSize({ sessions, operations, faults }: Schedule): string {
  const count = (all: readonly unknown[], what: string): string =>
    `${all.length} ${what}${all.length === 1 ? '' : 's'}`;
  return [count(sessions, 'session'), count(operations, 'operation'), count(faults, 'fault')].join(
    ', ',
  );
}
