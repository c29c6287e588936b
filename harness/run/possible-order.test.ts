import { expect, test } from 'vitest';
import { whyImpossible } from './possible-order.ts';
import { Story } from '../checks/story-for-test.ts';
import type { HistoryEvent } from '../history/event.ts';

function history(): readonly HistoryEvent[] {
  const story = new Story();
  story
    .connect('alice/1')
    .increment(2)
    .get({ giveUp: { how: 'abort', at: 1_020 } });
  return story.recording().events;
}

/** What is said of a history that was changed and then numbered and stamped anew, as a forger would. */
function saidOf(change: (events: HistoryEvent[]) => HistoryEvent[]): string | undefined {
  const events = change([...history()]);
  const renumbered = events.map((event, seq) => ({ ...event, seq, atMs: seq }));
  return whyImpossible(renumbered, renumbered.length);
}

test('what a recorder wrote is possible, also where events are missing', () => {
  const events = history();
  expect(whyImpossible(events, events.length)).toBeUndefined();
  expect(whyImpossible([], 0)).toBeUndefined();
  const holes = events.filter((event) => event.kind !== 'invoke');
  expect(whyImpossible(holes, events.length)).toBeUndefined();
});

test('numbers go up', () => {
  const [first, second, ...rest] = history();
  if (first === undefined || second === undefined) throw new Error('too short');
  const again = [first, { ...second, seq: first.seq }, ...rest];
  expect(whyImpossible(again, again.length)).toBe('line 2: seq goes back from 0 to 0');
});

test('time does not run backwards, but may stand still', () => {
  const events = [...history()];
  const [first, second] = events;
  if (first === undefined || second === undefined) throw new Error('too short');
  events[1] = { ...second, atMs: first.atMs };
  expect(whyImpossible(events, events.length)).toBeUndefined();
  events[1] = { ...second, atMs: first.atMs - 1 };
  expect(whyImpossible(events, events.length)).toBe(
    'line 2: time runs backwards, from 1000 to 999 ms',
  );
});

test('nothing is completed or given up before it is invoked', () => {
  const swapped = saidOf(([first, second, ...rest]) => [second, first, ...rest] as HistoryEvent[]);
  expect(swapped).toMatch(/^line 1: op \d+ is completed before it is invoked$/);
  const early = saidOf((events) => {
    const giveUp = events.filter(({ kind }) => kind === 'give-up');
    return [...giveUp, ...events.filter(({ kind }) => kind !== 'give-up')];
  });
  expect(early).toMatch(/^line 1: op \d+ is given up before it is invoked$/);
});

test('nothing is completed that was never invoked, or invoked twice', () => {
  expect(saidOf((events) => events.slice(1))).toMatch(
    /^line 1: op \d+ is completed and was never invoked$/,
  );
  expect(saidOf(([first, ...rest]) => [first, first, ...rest] as HistoryEvent[])).toMatch(
    /^line 2: op \d+ is invoked again$/,
  );
});
