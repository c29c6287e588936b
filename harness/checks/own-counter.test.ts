import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { broken, toldLost } from './outcomes-for-test.ts';
import { ownCounter, ownCounterBy } from './own-counter.ts';
import { Story } from './story-for-test.ts';
import type { Evidence } from './check.ts';
import type { HistoryEvent } from '../history/event.ts';
import { operationsOf } from '../history/operation.ts';
import type { checkCounter } from '../oracle/check-counter.ts';
import { EXIT } from '../report/exit-codes.ts';
import { judge } from '../run/judge.ts';
import { recordedForTest } from '../run/recorded-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

test('passes sessions that count alone, also where calls overlap', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').increment(5, { upstream: 'first' });
  const bob = story.connect('bob/1').increment(2, { upstream: 'first' });
  const at = story.nowMs;
  for (let i = 0; i < 4; i++) {
    alice.increment(1, { upstream: 'second', at: at + i, takes: 20 - i * 4 });
    bob.call('slow_increment', { upstream: 'first', at: at + i, takes: 30 - i });
  }
  story.wait(100);
  alice.get({ upstream: 'first' }).get({ upstream: 'second' });
  expect(expectPass(ownCounter, story.evidence()).examined).toBe(17);
});

test('counts neither the steps of a progress report nor an echo', () => {
  const story = new Story();
  story.connect('alice/1').increment(5).call('progress').call('echo').call('fail').get();
  expectPass(ownCounter, story.evidence());
});

test('counts increments that may have been applied: broken, hung, given up', () => {
  const story = new Story();
  const alice = story.connect('alice/1').call('break').call('hang');
  alice.increment(1, { outcome: broken() }).get();
  expectPass(ownCounter, story.evidence());
});

test('starts anew with the state that a session was told it has lost', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(5).increment(1, { outcome: toldLost(), by: [] });
  story.move(alice);
  alice.increment(2).get();
  story.restart();
  story.move(alice);
  alice.increment().get();
  expectPass(ownCounter, story.evidence());
});

test('convicts two sessions in one upstream session, by values and by the ledger', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(5);
  const bob = story.connect('bob/1');
  bob.increment(3, { by: [...alice.homes.values()] });
  const carol = story.connect('carol/1');
  carol.call('echo', { by: [...alice.homes.values()] });
  expectFindings(
    ownCounter,
    story.evidence(),
    /bob\/1 tools\/call increment was told 6, where its own session had 0 acknowledged before and 1 requested/,
    /was told 7, .* 1 acknowledged before and 2 requested/,
    /was told 8, .* 2 acknowledged before and 3 requested/,
    /4 calls of bob\/1, carol\/1 were served by the upstream session of alice\/1 on counter/,
  );
});

test('convicts a value below what was acknowledged, and an increment that does not count itself', () => {
  const story = new Story();
  const alice = story
    .connect('alice/1')
    .increment(3)
    .get({ payload: { value: 2 } });
  alice.increment(1, { payload: { value: 3 } });
  expectFindings(
    ownCounter,
    story.evidence(),
    /get was told 2, where its own session had 3 acknowledged/,
    /increment was told 3, where its own session had 3 acknowledged before and 4 requested/,
  );
});

test('judges each upstream by itself', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').increment(3, { upstream: 'first' });
  const [first] = alice.homes.values();
  if (first === undefined) throw new Error('no home');
  alice.get({ upstream: 'second', by: [first], payload: { nonce: 'n2' } });
  expectFindings(
    ownCounter,
    story.evidence(),
    /get was told 3, .* 0 acknowledged before and 0 req/,
  );
});

test('lets a target count twice that may replay', () => {
  const story = new Story();
  story.connect('alice/1').increment(1, { applied: 2 });
  expectPass(ownCounter, story.evidence({ claims: { replay: 'may' } }));
  expectFindings(ownCounter, story.evidence(), /was told 2/);
});

test('is inconclusive where nobody counted, and not applicable to shared sessions', () => {
  const story = new Story();
  story.connect('alice/1').call('echo');
  expectInconclusive(ownCounter, story.evidence(), /own-counter found nothing to examine/);
  expect(ownCounter.notApplicable?.({ ...DEFAULT_CLAIMS, sessions: 'shared' })).toMatch(/shared/);
});

test('convicts values that are possible one by one, and in no order together', () => {
  const twice = new Story();
  const alice = twice.connect('alice/1');
  const at = twice.nowMs;
  const nonce = [...alice.homes.values()][0]?.nonce;
  const one = { type: 'ok', kind: 'result', payload: { value: 1, nonce } } as const;
  alice.increment(1, { at, takes: 50, outcome: one });
  alice.increment(1, { at: at + 10, takes: 50, outcome: one });
  expectFindings(
    ownCounter,
    twice.evidence(),
    /the counter of alice\/1 on counter told two increments the same value/,
  );

  const stale = new Story();
  const bob = stale.connect('bob/1');
  const home = [...bob.homes.values()][0]?.nonce;
  const start = stale.nowMs;
  const told = (value: number) =>
    ({ type: 'ok', kind: 'result', payload: { value, nonce: home } }) as const;
  bob.increment(1, { at: start, takes: 100, outcome: told(1) });
  bob.get({ at: start + 10, takes: 10, outcome: told(1) });
  bob.get({ at: start + 30, takes: 10, outcome: told(0) });
  expectFindings(
    ownCounter,
    stale.evidence(),
    /bob\/1 on counter showed values that no order of the calls explains/,
  );
});

test('never convicts by the answers alone what the ledger explains: that is our own error', () => {
  const strict: typeof checkCounter = () => [{ anomaly: 'ORDER', count: 1, witnesses: ['h2'] }];
  const story = new Story();
  story.connect('alice/1').increment(3).get();
  const { findings, ownError } = ownCounterBy(strict).judge(story.evidence());
  expect(findings).toEqual([]);
  expect(ownError).toMatch(
    /^our own checkers contradict each other about the counter of alice\/1 on counter: .* a bug of mcp-gauntlet/,
  );
  const result = judge(recordedForTest(story), [ownCounterBy(strict)]);
  expect(result).toMatchObject({
    verdict: 'inconclusive',
    reason: ownError,
    ownError: true,
    exitCode: EXIT.ownError,
    findings: [],
  });
});

test('lets the violation of another session outweigh the contradiction', () => {
  const strict: typeof checkCounter = (history) =>
    history.length > 2 ? [{ anomaly: 'ORDER', count: 1, witnesses: ['h2'] }] : [];
  const story = new Story();
  story.connect('alice/1').increment(3);
  story.connect('bob/1').increment(1, { payload: { value: 7 } });
  const { findings, ownError } = ownCounterBy(strict).judge(story.evidence());
  expect(findings).toMatchObject([{ anomaly: 'WRONG_VALUE' }]);
  expect(ownError).toMatch(/the counter of alice\/1/);
});

/** By the answers alone, as where the upstream is not the suite's own. */
function withoutLedger(story: Story): Evidence {
  return { ...story.evidence(), ledger: [] };
}

/** The same answers, without the name of the state that they came out of. */
function withoutNames(story: Story): Evidence {
  const { events, ...evidence } = withoutLedger(story);
  const unnamed = events.map((event): HistoryEvent => {
    if (event.kind !== 'complete' || event.outcome.payload === undefined) return event;
    const { nonce: _nonce, epoch: _epoch, ...payload } = event.outcome.payload;
    return { ...event, outcome: { ...event.outcome, payload } };
  });
  return { ...evidence, hasNoLedger: true, events: unnamed, operations: operationsOf(unnamed) };
}

test('believes the answers alone where there is no ledger', () => {
  const story = new Story();
  story.connect('alice/1').get({ payload: { value: 7 } });
  const { findings, ownError } = ownCounter.judge(withoutLedger(story));
  expect(findings.map(({ message }) => message)).toEqual([
    expect.stringMatching(/get was told 7, where its own session had 0 acknowledged/),
  ]);
  expect(ownError).toBeUndefined();
});

test('has nothing against what is healthy where there is no ledger, reads among it', () => {
  const story = new Story();
  story.connect('alice/1').increment(3).get();
  for (const evidence of [withoutLedger(story), withoutNames(story)]) {
    expect(expectPass(ownCounter, evidence).examined).toBe(4);
  }
});

test('explains no state by what was counted in an earlier one', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3).get({ outcome: toldLost(), by: [] });
  story.restart();
  story.move(alice);
  alice.increment(1, { payload: { value: 4 } });
  for (const evidence of [story.evidence(), withoutLedger(story)]) {
    expectFindings(ownCounter, evidence, /told 4, .* 0 acknowledged before and 1 requested/);
  }
});

test('explains nothing by a call that was refused', () => {
  const refused = { type: 'fail', kind: 'http-error', status: 403, message: 'no' } as const;
  const story = new Story();
  story
    .connect('alice/1')
    .increment(1, { outcome: refused })
    .increment(1, { payload: { value: 2 } });
  for (const evidence of [withoutLedger(story), withoutNames(story)]) {
    expectFindings(ownCounter, evidence, /told 2, .* 0 acknowledged before and 1 requested/);
  }
});

test('knows an unnamed state that began anew by the news of its loss, and convicts one that went back untold', () => {
  const tell = (news: boolean): Story => {
    const story = new Story();
    const alice = story.connect('alice/1').increment(3);
    if (news) alice.get({ outcome: toldLost(), by: [] });
    story.restart();
    story.move(alice);
    alice.increment(2).get();
    return story;
  };
  expectPass(ownCounter, withoutNames(tell(true)));
  const { findings } = ownCounter.judge(withoutNames(tell(false)));
  expect(findings.length).toBeGreaterThan(0);
});

test('decides nothing where an unnamed state may be lost unseen, and leaves that to the ledger', () => {
  const story = new Story();
  story.connect('alice/1').increment(2);
  const silent = { ...DEFAULT_CLAIMS, loss: 'silent' } as const;
  const unnamed = { ...withoutNames(story), claims: silent };
  expectInconclusive(
    ownCounter,
    unnamed,
    /alice\/1 on counter may have begun anew in too many ways/,
  );
  const { ledger } = story.evidence();
  const { hasNoLedger: _none, ...known } = unnamed;
  expectPass(ownCounter, { ...known, ledger });
});

test('convicts by the ledger what the answers alone allow', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(1, { outcome: broken() });
  // The increment may have been applied or not; the ledger knows that it was.
  alice.get({ payload: { value: 0 } });
  expectFindings(
    ownCounter,
    story.evidence(),
    /get was told 0, and its counter never stood there then/,
  );
});
