import { expect, test } from 'vitest';
import { timedOut } from '../checks/outcomes-for-test.ts';
import { homeOf, Story } from '../checks/story-for-test.ts';
import type { Anomaly } from './anomaly.ts';
import { applicationAnomalies } from './applications.ts';
import { openCase } from './case-file.ts';

function found(story: Story, strays: readonly string[] = []): readonly Anomaly[] {
  const open = openCase(story.evidence());
  return applicationAnomalies({
    ...open,
    hasOwnAnswer: ({ invoke }) => !strays.includes(invoke.opId ?? ''),
  });
}

function namesIn(story: Story, strays?: readonly string[]): readonly string[] {
  return found(story, strays).map(({ name, variant }) =>
    variant === undefined ? name : `${name} ${variant}`,
  );
}

/** An increment that was applied at 1,002 ms and answered at 1,004 ms, and is applied again. */
function appliedAgain(atMs: number, outcome?: null): Story {
  const story = new Story();
  const alice = story.connect('alice/1', { homes: false });
  alice.homes.set('counter', story.home('counter', 900));
  const invoke = { opId: 'mine' };
  alice.increment(1, { at: 1_000, invoke, ...(outcome === null && { outcome }) });
  const { upstream, epoch, session } = homeOf(alice);
  const again = { kind: 'apply', opId: 'mine', before: 1, after: 2, epoch, session } as const;
  return story.line(upstream, again, atMs);
}

test('a repetition is late from the moment on in which its client has had the answer', () => {
  expect(namesIn(appliedAgain(1_003))).toEqual(['DUPLICATE same epoch']);
  expect(namesIn(appliedAgain(1_004))).toEqual(['DUPLICATE same epoch']);
  expect(namesIn(appliedAgain(1_005))).toEqual(['DUPLICATE late']);
});

test('no repetition is late where nobody was answered', () => {
  expect(namesIn(appliedAgain(1_005, null))).toEqual(['DUPLICATE same epoch']);
});

test('a repetition in another life of the upstream is no other upstream', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1');
  const homes = [...alice.homes.values()];
  story.restart();
  homes.push(story.home());
  alice.increment(1, { by: homes, outcome: timedOut() });
  expect(namesIn(story)).toEqual(['DUPLICATE across restart']);
});

test('a call that need not increment is lost in no case, and its value is judged like any', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const answer = (value: number) =>
    ({ outcome: { type: 'ok', kind: 'result', payload: { value } }, invoke: {} }) as const;
  alice.call('break', { applied: 0, outcome: { type: 'ok', kind: 'result' } });
  alice.call('hang', { ...answer(0), applied: 0 }).get({ by: [] });
  alice.call('break', answer(1)).call('break', answer(2));
  expect(namesIn(story)).toEqual([]);
  alice.call('break', answer(7)).call('break', { outcome: { type: 'ok', kind: 'result' } });
  expect(namesIn(story)).toEqual(['WRONG_VALUE', 'WRONG_VALUE']);
});

test('a repeated call was told right by the value of any of its applications', () => {
  const repeated = (value: number): readonly string[] => {
    const story = new Story();
    story.connect('alice/1').increment(1, { applied: 2, payload: { value } });
    return namesIn(story);
  };
  expect(repeated(1)).toEqual(['DUPLICATE same epoch']);
  expect(repeated(2)).toEqual(['DUPLICATE same epoch']);
  expect(repeated(3)).toEqual(['DUPLICATE same epoch', 'WRONG_VALUE']);
});

test("what another call's answer says is no value of this one, yet it may be lost", () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.increment(1, { payload: { value: 9 }, invoke: { opId: 'stray' } });
  expect(namesIn(story)).toEqual(['WRONG_VALUE']);
  expect(namesIn(story, ['stray'])).toEqual([]);
  alice.increment(1, { applied: 0, invoke: { opId: 'lost' } });
  expect(namesIn(story, ['stray', 'lost'])).toEqual(['LOST']);
});

test('an increment that was refused and applied twice is both', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const outcome = { type: 'fail', kind: 'rpc-error', code: -32_602 } as const;
  alice.increment(1, { outcome, by: [homeOf(alice)], applied: 2 });
  alice.increment(1, { outcome, by: [homeOf(alice)], applied: 0 });
  expect(namesIn(story)).toEqual(['FAILED_BUT_APPLIED', 'DUPLICATE same epoch']);
});

test('tells no upstream where the call was meant for none in particular', () => {
  const story = new Story();
  const alice = story.connect('alice/1', { homes: false });
  alice.increment(2, { by: [], invoke: { opId: 'a' } });
  const [meant] = found(story);
  const { operations, ...evidence } = story.evidence();
  const unmeant = operations.map((operation) => {
    const { upstream: _, ...invoke } = operation.invoke;
    return { ...operation, invoke };
  });
  const about = { ...openCase({ ...evidence, operations: unmeant }), hasOwnAnswer: () => true };
  const [lost] = applicationAnomalies(about);
  const { upstream, ...rest } = meant as Anomaly;
  expect(upstream).toBe('counter');
  expect(meant).not.toHaveProperty('variant');
  expect(lost).toStrictEqual({ ...rest, operations: [unmeant[2]] });
});

test('nobody can say that a call was lost that could not be found again', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.increment(1, { by: [], invoke: { opId: 'a' } });
  const { operations, ...evidence } = story.evidence();
  const nameless = operations.map((operation) => {
    const { opId: _, ...invoke } = operation.invoke;
    return { ...operation, invoke };
  });
  const about = openCase({ ...evidence, operations: nameless });
  expect(namesIn(story)).toEqual(['LOST']);
  expect(applicationAnomalies({ ...about, hasOwnAnswer: () => true })).toEqual([]);
});
