/** What the reference gateway has to hold, judged from one run. */

import type { Bar, BenchResult, SpeedRow } from './result.ts';

type Measured = Pick<BenchResult, 'speed' | 'idle' | 'growth'>;

const KIB = 1024;
const MIB = 1024 * KIB;
/** A leak of one small object a call would be fifty times that. */
const NO_GROWTH_MIB = 1;

export function barsOf({ speed, idle, growth }: Measured): readonly Bar[] {
  const sessions = Math.min(...speed.map((row) => row.sessions));
  const row = (contender: string): SpeedRow['median'] => {
    const found = speed.find(
      (one) => one.contender === contender && one.sessions === sessions && one.answers === 'json',
    );
    if (found === undefined) throw new Error(`nothing was measured of ${contender}`);
    return found.median;
  };
  const weight = (withStream: boolean): number =>
    idle.find((one) => one.contender === 'reference' && one.withStream === withStream)
      ?.residentPerSession ?? Number.NaN;
  const cpu = row('reference').cpuMsPerThousand;
  const at = `at ${sessions} sessions, JSON`;
  return [
    atMost(`CPU per call ${at}, against nginx`, cpu / row('nginx').cpuMsPerThousand, 2.4, '×', 2),
    atMost(
      `CPU per call ${at}, against the blind proxy`,
      cpu / row('blind').cpuMsPerThousand,
      1.2,
      '×',
      1.1,
    ),
    atLeast(`CPU per call of the SDK gateway ${at}`, row('sdk').cpuMsPerThousand / cpu, 8, '×'),
    atMost(
      `p99 ${at}, against the blind proxy`,
      row('reference').p99Ms / row('blind').p99Ms,
      1.5,
      '×',
    ),
    atMost('an idle session', weight(false) / KIB, 10, 'KiB'),
    atMost('an idle session with a GET stream', weight(true) / KIB, 40, 'KiB'),
    atMost(
      'growth of the heap over 1,000,000 calls',
      (growth.heapPerCall * 1_000_000) / MIB,
      NO_GROWTH_MIB,
      'MiB',
    ),
  ];
}

function atMost(what: string, value: number, bound: number, unit: string, aim?: number): Bar {
  const holds = value <= bound;
  return { what, bound, value, unit, holds, ...(aim !== undefined && { aim }) };
}

function atLeast(what: string, value: number, bound: number, unit: string): Bar {
  return { what, bound, value, unit, holds: value >= bound };
}
