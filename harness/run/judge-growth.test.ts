/**
 * That judging stays near-linear, counted and not timed: how often an event, a ledger line or a receipt
 * is looked at. A machine that is busy changes no count.
 */

import { expect, test } from 'vitest';
import { CHECKS, ownCounter } from '../checks/index.ts';
import type { Check } from '../checks/check.ts';
import { timedOut } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';
import { judge } from './judge.ts';
import type { Recorded } from './recorded.ts';

const SMALL = 30;
const TIMES = 4;
/** n log n itself grows by 5, n² by 16. */
const GROWTH_MAX = 6;

const LOST = {
  type: 'fail',
  kind: 'http-error',
  status: 404,
  message: 'Session not found',
} as const;

/** A bit of everything that a check looks at, as often as there are sessions; half of it goes wrong. */
function recordingOf(sessions: number): Recorded {
  const story = new Story();
  for (let number = 1; number <= sessions; number += 1) {
    const isGood = number % 2 === 0;
    const alice = story.connect(`alice/${number}`).increment(3).get().call('echo');
    const at = story.nowMs;
    alice.call('slow_increment', { at, takes: 2_000 }).get({ takes: isGood ? 4 : 1_900 });
    story.nowMs = at + 2_100;
    alice.call('slow_increment', {
      outcome: { type: 'info', kind: 'cancelled' },
      giveUp: { how: 'cancel', at: story.nowMs + 1 },
    });
    alice.call('break', { how: 'close-after' }).call('hang', { how: 'never' });
    story.wait(200);
    story.fault({ kind: 'down', healedAtMs: story.nowMs + 40 }).wait(20);
    alice.increment(1, { outcome: timedOut() });
    story.wait(200);
    alice.increment(1, isGood ? {} : { outcome: LOST, by: [] }).get(isGood ? {} : { by: [] });
    if (!isGood) story.move(alice);
    alice.increment();
    if (number % (sessions / 2) === 1) {
      story.fact('upstream-changed', { upstream: 'counter', change: 'cosmetic' });
    }
    alice.delete(isGood ? {} : { forwardedAt: 'never' }).get({ outcome: LOST });
  }
  return recordedOf(story);
}

function recordedOf(story: Story): Recorded {
  const { events, ledger } = story.recording();
  return {
    scenario: 'test/growth',
    claims: { ...DEFAULT_CLAIMS, cancellation: true, admin: true, requestTimeoutMs: 500 },
    checks: [],
    operationsMin: 1,
    events,
    issued: { events: events.length, ops: events.filter(({ kind }) => kind === 'invoke').length },
    ledger,
    receipts: story.receipts,
    noise: { lagMaxMs: 1, probeMaxMs: 1 },
  };
}

const recordings = [recordingOf(SMALL), recordingOf(SMALL * TIMES)];

function looksOf(recorded: Recorded, checks: readonly Check[]): number {
  let looks = 0;
  const handler: ProxyHandler<object> = {
    get: (target, key) => {
      looks += 1;
      return Reflect.get(target, key) as unknown;
    },
  };
  const counted = <T extends object>(list: readonly T[]): readonly T[] =>
    list.map((one) => new Proxy(one, handler) as T);
  judge(
    {
      ...recorded,
      events: counted(recorded.events),
      ledger: counted(recorded.ledger),
      receipts: counted(recorded.receipts),
    },
    checks,
  );
  return looks;
}

test.each(CHECKS.map((check) => [check.id, check] as const))(
  '%s looks at four times as much about four times as often',
  (_id, check) => {
    const [few, many] = recordings.map((recorded) => looksOf(recorded, [check])) as [
      number,
      number,
    ];
    expect(many / few).toBeGreaterThan(3);
    expect(many / few).toBeLessThan(GROWTH_MAX);
  },
);

test('so it does where the answers alone convict every session', () => {
  const [few, many] = [4 * SMALL, 4 * SMALL * TIMES].map((sessions) => {
    const story = new Story();
    for (let number = 1; number <= sessions; number += 1) {
      const alice = story.connect(`alice/${number}`).increment(3);
      alice.increment(1, { payload: { value: 99 } }).get({ payload: { value: 77 } });
    }
    return looksOf(recordedOf(story), [ownCounter]);
  }) as [number, number];
  expect(many / few).toBeLessThan(GROWTH_MAX);
});
