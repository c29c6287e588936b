/**
 * The black box is never stricter than the white one: whatever befell random calls, what the answers
 * convict the ledger can explain. And it is never wrong by itself: what nobody did wrong is not
 * convicted without the ledger either, nor without the names of the states.
 */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HistoryEvent } from '../history/event.ts';
import { operationsOf } from '../history/operation.ts';
import type { Evidence } from './check.ts';
import { broken, timedOut, toldLost } from './outcomes-for-test.ts';
import { ownCounter } from './own-counter.ts';
import { Story } from './story-for-test.ts';
import type { Home } from './told-call-for-test.ts';

const RUNS = 2_000;
const REFUSED = { type: 'fail', kind: 'http-error', status: 403, message: 'no' } as const;

const HONEST = ['ok', 'get', 'unknown', 'never', 'refused', 'told loss', 'restart'] as const;
const WRONG = [
  'refused yet applied',
  'twice',
  'unknown twice',
  'untold loss',
  'back',
  'elsewhere',
  'wrong value',
  'no value',
  'not applied',
] as const;

type What = (typeof HONEST)[number] | (typeof WRONG)[number];

interface Step {
  readonly what: What;
  readonly isBob: boolean;
  /** How much earlier than after the call before it, and how much longer than usual, in milliseconds. */
  readonly earlier: number;
  readonly longer: number;
  readonly off: number;
}

/** One thing goes wrong in a history, as often as it likes: two would excuse each other. */
function steps(wrong: readonly What[]): fc.Arbitrary<readonly Step[]> {
  const drawn = fc.array(
    fc.record({
      isWrong: fc.constantFrom(false, false, wrong.length > 0),
      what: fc.constantFrom<What>('ok', 'ok', ...HONEST),
      isBob: fc.boolean(),
      earlier: fc.constantFrom(0, 0, 3, 8, 20),
      longer: fc.constantFrom(0, 0, 10, 40),
      off: fc.constantFrom(-1, 1, 2),
    }),
    { minLength: 3, maxLength: 14, size: 'max' },
  );
  return fc
    .tuple(fc.constantFrom<What>('ok', ...wrong), drawn)
    .map(([kind, all]) => all.map((one) => (one.isWrong ? { ...one, what: kind } : one)));
}

function storyOf(all: readonly Step[]): Story {
  const story = new Story();
  const clients = [story.connect('alice/1'), story.connect('bob/1')];
  const lives = clients.map((client): Home[] => [...client.homes.values()]);
  for (const { what, isBob, earlier, longer, off } of all) {
    const [me, other] = isBob ? [1, 0] : [0, 1];
    const client = clients[me];
    const mine = lives[me];
    if (client === undefined || mine === undefined) continue;
    // What tells of a loss is told alone: whoever overlaps it may be in either state.
    const isAlone = what === 'told loss' || what === 'restart' || what === 'untold loss';
    if (isAlone) story.wait(100);
    const at = story.nowMs - (isAlone ? 0 : earlier);
    const call = { at, takes: 4 + longer };
    story.wait(6);
    const lose = (): void => void mine.push(story.move(client));
    if (what === 'ok') client.increment(1, call);
    else if (what === 'get') client.get(call);
    else if (what === 'unknown') client.increment(1, { ...call, outcome: broken() });
    else if (what === 'never') client.increment(1, { ...call, outcome: timedOut(), by: [] });
    else if (what === 'refused') client.increment(1, { ...call, outcome: REFUSED, by: [] });
    else if (what === 'refused yet applied') {
      client.increment(1, {
        ...call,
        outcome: REFUSED,
        by: [...client.homes.values()],
        applied: 1,
      });
    } else if (what === 'twice') client.increment(1, { ...call, applied: 2 });
    else if (what === 'unknown twice') {
      client.increment(1, { ...call, outcome: broken(), applied: 2 });
    } else if (what === 'wrong value') client.get({ ...call, payload: { value: off + 2 } });
    else if (what === 'no value') client.increment(1, { ...call, payload: { value: undefined } });
    else if (what === 'not applied') client.increment(1, { ...call, applied: 0 });
    else if (what === 'untold loss') lose();
    else if (what === 'told loss') {
      client.get({ ...call, outcome: toldLost(), by: [] });
      lose();
    } else if (what === 'restart') {
      story.restart();
      clients.forEach((one, index) => {
        one.get({ outcome: toldLost(), by: [] });
        lives[index]?.push(story.move(one));
      });
    } else {
      const [home] = what === 'back' ? mine : (lives[other]?.slice(-1) ?? []);
      if (home !== undefined) client.increment(1, { ...call, by: [home] });
    }
    if (isAlone) story.wait(100);
  }
  story.wait(200);
  for (const client of clients) client.get();
  return story;
}

function withoutNames(evidence: Evidence): Evidence {
  const events = evidence.events.map((event): HistoryEvent => {
    if (event.kind !== 'complete' || event.outcome.payload === undefined) return event;
    const { nonce: _nonce, epoch: _epoch, ...payload } = event.outcome.payload;
    return { ...event, outcome: { ...event.outcome, payload } };
  });
  return { ...evidence, events, operations: operationsOf(events) };
}

function withoutLedger(evidence: Evidence): Evidence {
  return { ...evidence, ledger: [], hasNoLedger: true };
}

test('what nobody did wrong is convicted neither with the ledger nor by the answers alone', () => {
  fc.assert(
    fc.property(steps([]), (all) => {
      const evidence = storyOf(all).evidence();
      const alone = withoutLedger(evidence);
      for (const some of [evidence, alone, withoutNames(evidence), withoutNames(alone)]) {
        const { findings, ownError } = ownCounter.judge(some);
        expect([findings, ownError]).toEqual([[], undefined]);
      }
    }),
    { numRuns: RUNS },
  );
});

test('whatever went wrong, the ledger can explain what the answers convict', () => {
  let convicted = 0;
  fc.assert(
    fc.property(steps(WRONG), (all) => {
      const evidence = storyOf(all).evidence();
      const { findings, ownError } = ownCounter.judge(evidence);
      expect(ownError).toBeUndefined();
      if (findings.length > 0) convicted += 1;
    }),
    { numRuns: RUNS },
  );
  // Otherwise it has compared nothing.
  expect(convicted).toBeGreaterThan(RUNS / 4);
});
