import { expect, it } from 'vitest';
import { barsOf } from './bars.ts';
import type { IdleRow, SpeedRow } from './result.ts';

const KIB = 1024;

function speed(contender: string, cpuMsPerThousand: number, p99Ms = 1, sessions = 50): SpeedRow {
  const median = {
    requests: 1,
    perSecond: 1,
    p50Ms: 1,
    p99Ms,
    cpuMsPerThousand,
    disturbance: 0,
  };
  return { contender, sessions, answers: 'json', median, rounds: [median] };
}

function idle(withStream: boolean, kib: number): IdleRow {
  return {
    contender: 'reference',
    withStream,
    sessions: 1_000,
    residentPerSession: kib * KIB,
    heapPerSession: 0,
  };
}

interface Change {
  readonly cpu?: number;
  readonly p99?: number;
  readonly sdk?: number;
  readonly idle?: number;
  readonly stream?: number;
  readonly heapPerCall?: number;
}

function broken(change: Change): readonly string[] {
  const bars = barsOf({
    speed: [
      speed('nginx', 15),
      speed('blind', 30),
      speed('reference', change.cpu ?? 33, change.p99 ?? 1.4),
      speed('sdk', change.sdk ?? 400),
      // More sessions are measured too, and have no bar.
      speed('reference', 900, 900, 500),
    ],
    idle: [idle(false, change.idle ?? 9), idle(true, change.stream ?? 39)],
    growth: { calls: 1_000_000, residentPerCall: 9, heapPerCall: change.heapPerCall ?? 0.01 },
  });
  expect(bars).toHaveLength(7);
  return bars.filter(({ holds }) => !holds).map(({ what }) => what);
}

it('holds what is within', () => {
  expect(broken({})).toEqual([]);
});

it.each<[string, Change]>([
  ['against nginx', { cpu: 36.1, sdk: 4_000 }],
  ['against the blind proxy', { cpu: 36.1, sdk: 4_000 }],
  ['the SDK gateway', { sdk: 200 }],
  ['p99', { p99: 1.6 }],
  ['an idle session', { idle: 10.1 }],
  ['GET stream', { stream: 40.1 }],
  ['growth', { heapPerCall: 2 }],
])('%s breaks when it is beyond', (what, change) => {
  expect(broken(change).join()).toContain(what);
});
