import { expect, test } from 'vitest';
import { Story, type Client } from '../checks/story-for-test.ts';
import { broken, toldLost } from '../checks/outcomes-for-test.ts';
import { ownCounter } from '../checks/own-counter.ts';
import { openCase } from './case-file.ts';
import { findAnomalies } from './find-anomalies.ts';
import { returnsIn } from './returns.ts';
import type { Home } from '../checks/told-call-for-test.ts';

function lost(): { readonly story: Story; readonly alice: Client; readonly old: readonly Home[] } {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const old = [...alice.homes.values()];
  alice.get({ outcome: toldLost(), by: [] });
  story.move(alice);
  alice.increment(2);
  return { story, alice, old };
}

test('one that went on in fresh state after it was told of the loss did not go back', () => {
  const { story } = lost();
  expect(findAnomalies(story.evidence()).anomalies).toEqual([]);
});

test('one that was served by the old state again was split, and its own checkers agree', () => {
  const { story, alice, old } = lost();
  alice.increment(1, { by: old });
  const evidence = story.evidence();
  expect(findAnomalies(evidence).anomalies).toMatchObject([
    { name: 'SESSION_SPLIT', session: 'alice/1', upstream: 'counter' },
  ]);
  const { findings, ownError } = ownCounter.judge(evidence);
  expect(ownError).toBeUndefined();
  expect(findings).toMatchObject([{ anomaly: 'SESSION_SPLIT' }]);
  expect(findings[0]?.message).toMatch(/alice\/1 on counter was shown in several states by turns/);
});

test('a call that was begun before the answer out of fresh state may still end in the old', () => {
  const { story, alice, old } = lost();
  const at = story.nowMs;
  alice.increment(1, { at: at - 30, takes: 60, by: old });
  expect(findAnomalies(story.evidence()).anomalies).toEqual([]);
  expect(ownCounter.judge(story.evidence()).findings).toEqual([]);
});

function namesIn(story: Story): readonly string[] {
  return findAnomalies(story.evidence()).anomalies.map(({ name }) => name);
}

test('it is shown by the call that went back and by the first answer out of the other', () => {
  const { story, alice, old } = lost();
  alice.increment(1, { by: old, invoke: { opId: 'back' } });
  const [found] = findAnomalies(story.evidence()).anomalies;
  const opIds = found?.operations.map(({ invoke }) => invoke.opId);
  expect(opIds).toEqual(['back', 'alice/1.6']);
  expect(found?.lines).toMatchObject(opIds?.map((opId) => ({ kind: 'request', opId })) ?? []);
});

test('an increment that the old state applied went back, answered or not', () => {
  const { story, alice, old } = lost();
  alice.increment(1, { by: old, outcome: broken() });
  expect(namesIn(story)).toEqual(['SESSION_SPLIT']);
});

test('a read went back that the old state answered, and none that it was merely asked for', () => {
  const [back, asked] = [lost(), lost()];
  back.alice.get({ by: back.old });
  expect(namesIn(back.story)).toEqual(['SESSION_SPLIT']);
  asked.alice.get({ by: asked.old, outcome: broken() });
  expect(namesIn(asked.story)).toEqual([]);
});

test('a repeated read belongs to the state that its answer names', () => {
  const { story, alice, old } = lost();
  alice.get({ by: [...old, ...alice.homes.values()] });
  expect(namesIn(story)).toEqual([]);

  const only = new Story();
  const bob = only.connect('bob/1').get();
  const first = [...bob.homes.values()];
  bob.get({ outcome: toldLost(), by: [] });
  bob.get({ by: [...first, only.move(bob)] });
  expect(namesIn(only)).toEqual([]);
  bob.get({ by: first });
  expect(namesIn(only)).toEqual(['SESSION_SPLIT']);
});

test('a repeated increment belongs wherever it was applied', () => {
  const { story, alice, old } = lost();
  alice.increment(1, { by: [...old, ...alice.homes.values()] });
  expect(namesIn(story)).toEqual(['DUPLICATE', 'SESSION_SPLIT']);
  const { ledger, ...evidence } = story.evidence();
  const last = ledger.findLastIndex(
    ({ kind, ...line }) => kind === 'apply' && 'session' in line && line.session === 's1',
  );
  const { anomalies } = findAnomalies({ ...evidence, ledger: ledger.toSpliced(last, 1) });
  expect(anomalies).toEqual([]);
});

test('fresh state that no answer came out of was not seen', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const old = [...alice.homes.values()];
  alice.get({ outcome: toldLost(), by: [] });
  alice.increment(1, { by: [story.home()], outcome: broken() });
  alice.increment(1, { by: old });
  expect(namesIn(story)).toEqual([]);
});

test('where the ledger began after the sessions, a call was answered where it was asked, if that is one place', () => {
  const { story, alice, old } = lost();
  const names = (): readonly string[] => {
    const { ledger, ...evidence } = story.evidence();
    const later = ledger.filter(({ kind }) => kind !== 'initialize');
    return findAnomalies({ ...evidence, ledger: later }).anomalies.map(({ name }) => name);
  };
  alice.get({ by: [...old, ...alice.homes.values()] });
  expect(names()).toEqual([]);
  alice.get({ by: old });
  expect(names()).toEqual(['SESSION_SPLIT']);
});

test('of the answers out of fresh state the first to come counts, whenever it was asked for', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const old = [...alice.homes.values()];
  alice.get({ outcome: toldLost(), by: [] });
  story.move(alice);
  const at = story.wait(100).nowMs;
  alice.get({ at, takes: 40 }).get({ at: at + 25, takes: 2 });
  alice.get({ at: at + 30, takes: 4, by: old });
  expect(namesIn(story)).toEqual(['SESSION_SPLIT']);
});

test('what was served and over in one moment hides no other that lived on', () => {
  const story = new Story();
  const alice = story.connect('alice/1', { homes: false });
  const [one, moment, other] = [story.home(), story.home(), story.home()];
  const at = story.wait(100).nowMs;
  alice.get({ at: at - 10, takes: 10, by: [one] }).get({ at: at + 40, by: [one] });
  alice.get({ at: at - 8, takes: 8, by: [moment] }).get({ at, takes: 60, by: [moment] });
  alice.get({ at: at + 4, takes: 4, by: [other] }).get({ at: at + 30, by: [other] });
  const about = { ...openCase(story.evidence()), hasOwnAnswer: () => true };
  expect(returnsIn(about)).toMatchObject([{ name: 'SESSION_SPLIT' }]);
});
