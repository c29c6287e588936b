import { expect, test } from 'vitest';
import { judge } from './judge.ts';
import { checksNamed } from './recheck.ts';
import { recordedForTest } from './recorded-for-test.ts';
import type { Recorded } from './recorded.ts';
import type { Check } from '../checks/check.ts';
import { broken } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import { EXIT } from '../report/exit-codes.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

const judged = (recorded: Recorded) => judge(recorded, checksNamed(recorded.checks));

function healthy(): Story {
  const story = new Story();
  story.connect('alice/1').increment(8).get();
  return story;
}

/** An increment that was acknowledged and lost. */
function guilty(): Story {
  const story = healthy();
  story.connect('bob/1').increment(1, { applied: 0, payload: { value: 1 } });
  return story;
}

const throwing: Check = {
  id: 'throwing',
  title: 'It throws',
  requirements: ['ISO-01'],
  judge: () => {
    throw new Error('out of ideas');
  },
};

test('passes a sound run, and counts what happened in it', () => {
  const story = healthy();
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + 10 });
  story.connect('bob/1').get({ outcome: broken() });
  expect(judged(recordedForTest(story))).toMatchObject({
    verdict: 'pass',
    exitCode: EXIT.ok,
    findings: [],
    operations: { total: 14, ok: 13, fail: 0, info: 1, exposed: 3 },
    receipts: [{ id: 'f1', kind: 'down' }],
  });
});

test('fails with every finding, by the checks of the scenario and those of all', () => {
  const { verdict, exitCode, findings, checks } = judged(recordedForTest(guilty()));
  expect([verdict, exitCode]).toEqual(['fail', EXIT.violation]);
  expect(findings.map(({ check }) => check)).toEqual(['applied-once']);
  expect(checks.find(({ id }) => id === 'applied-once')).toMatchObject({ verdict: 'fail' });
  expect(checks.map(({ id }) => id)).toContain('own-counter');
});

test('lets a violation outweigh doubt, a thrown check, and trouble that voids nothing', () => {
  const trouble = { message: 'took too long', exitCode: EXIT.inconclusive, voidsFindings: false };
  const recorded = recordedForTest(guilty(), { operationsMin: 999, trouble });
  const checks = [throwing, ...checksNamed(recorded.checks)];
  expect(judge(recorded, checks)).toMatchObject({ verdict: 'fail', exitCode: EXIT.violation });
});

test('blames nothing on the target where the instrument broke', () => {
  const trouble = { message: 'Toxiproxy died', exitCode: EXIT.inconclusive, voidsFindings: true };
  const result = judged(recordedForTest(guilty(), { trouble }));
  expect(result).toMatchObject({
    verdict: 'inconclusive',
    reason: 'Toxiproxy died',
    exitCode: EXIT.inconclusive,
    findings: [],
  });
  expect(result).not.toHaveProperty('ownError');
  expect(result.checks.map(({ verdict }) => verdict)).not.toContain('fail');
});

test('calls what went wrong on our side our own error', () => {
  const trouble = { message: 'a bug of ours', exitCode: EXIT.ownError, voidsFindings: true };
  const result = judged(recordedForTest(healthy(), { trouble }));
  expect(result).toMatchObject({
    verdict: 'inconclusive',
    ownError: true,
    exitCode: EXIT.ownError,
  });
  const threw = judge(recordedForTest(healthy()), [throwing]);
  expect(threw).toMatchObject({
    verdict: 'inconclusive',
    reason: 'the check throwing threw: out of ideas',
    ownError: true,
    exitCode: EXIT.ownError,
  });
});

test('survives a check that throws over the claims', () => {
  const picky: Check = {
    ...throwing,
    judge: () => ({ examined: 1, findings: [] }),
    notApplicable: () => {
      throw new Error('claims?');
    },
  };
  expect(judge(recordedForTest(healthy()), [picky])).toMatchObject({ ownError: true });
});

test.each([0, 1, 7, 20])('is inconclusive, and accuses nobody, without event %d', (index) => {
  const recorded = recordedForTest(guilty());
  const events = recorded.events.toSpliced(index, 1);
  const result = judged({ ...recorded, events });
  expect(result).toMatchObject({
    verdict: 'inconclusive',
    findings: [],
    exitCode: EXIT.inconclusive,
  });
  expect(result.reason).toBe(
    `the history has ${events.length} of the ${events.length + 1} events that were recorded`,
  );
});

test('is inconclusive about a history out of order, and one that never knew an operation', () => {
  const recorded = recordedForTest(guilty());
  const [first, second, ...rest] = recorded.events;
  if (first === undefined || second === undefined) throw new Error('no events');
  const swapped = judged({ ...recorded, events: [second, first, ...rest] });
  expect(swapped).toMatchObject({ verdict: 'inconclusive', reason: 'the history is out of order' });
  const issued = { ...recorded.issued, ops: recorded.issued.ops + 1 };
  const unknown = judged({ ...recorded, issued });
  expect(unknown.reason).toBe('the history knows 14 of the 15 operations that were begun');
  expect(unknown.findings).toEqual([]);
});

test('is inconclusive with too few answers', () => {
  expect(judged(recordedForTest(healthy(), { operationsMin: 12 }))).toMatchObject({
    verdict: 'inconclusive',
    reason: 'only 11 operations were answered, of the 12 that prove something',
  });
  expect(judged(recordedForTest(healthy(), { operationsMin: 11 })).verdict).toBe('pass');
});

test('is inconclusive about a fault that touched nothing, or was never confirmed', () => {
  const story = healthy();
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + 10 });
  expect(judged(recordedForTest(story)).reason).toMatch(/^a fault did not land: down on counter/);
  const unreached = healthy();
  unreached.connect('bob/1').call('break', { by: [] });
  const { reason } = judged(recordedForTest(unreached));
  expect(reason).toBe('a fault did not land: break on counter was never confirmed to be active');
});

test('is inconclusive where more than a quarter was exposed', () => {
  const told = (exposed: number) => {
    const story = healthy();
    story.wait(100).fault({ kind: 'down' });
    const alice = story.connect('bob/1', { homes: false });
    for (let i = 2; i < exposed; i++) alice.get({ outcome: broken() });
    return judged(recordedForTest(story));
  };
  expect(told(3).verdict).toBe('pass');
  expect(told(4).reason).toMatch(/^4 of 15 operations were exposed to a fault, too many/);
});

test('is inconclusive where a check is, with its reason', () => {
  const recorded = recordedForTest(healthy(), { checks: ['drained'] });
  expect(judged(recorded)).toMatchObject({
    verdict: 'inconclusive',
    reason: 'drained found nothing to examine',
    exitCode: EXIT.inconclusive,
  });
});

test('does not apply where none of its own checks does', () => {
  const shared = { ...DEFAULT_CLAIMS, sessions: 'shared' as const };
  const recorded = recordedForTest(healthy(), { claims: shared });
  expect(judged(recorded)).toMatchObject({
    verdict: 'not-applicable',
    reason: 'the target claims shared sessions',
    exitCode: EXIT.ok,
  });
  const partly = { ...recorded, checks: ['own-counter', 'no-empty-error'] };
  expect(judged(partly).verdict).toBe('pass');
});

test('says whose contract a finding judges', () => {
  const [assumed] = judged(recordedForTest(guilty())).findings;
  expect(assumed).toMatchObject({ contract: 'default contract', claim: 'replay: never' });
  const claims = { ...DEFAULT_CLAIMS, declared: ['replay', 'sessions', 'loss'] as const };
  const [claimed] = judged(recordedForTest(guilty(), { claims })).findings;
  expect(claimed?.contract).toBe('claim');
});

const AIM = { operation: 0, phase: 'idle' } as const;

test('asks of one drawn schedule that some fault lands, and not that every check finds its matter', () => {
  const story = healthy();
  story.wait(200).fault({ kind: 'latency', healedAtMs: story.nowMs + 10, aim: AIM });
  const demanding = judged(recordedForTest(story));
  expect(demanding.reason).toMatch(/^a fault did not land/);
  expect(demanding).not.toHaveProperty('met');
  const checks = ['own-counter', 'works-afterwards'];
  const drawn = judged(recordedForTest(story, { checks, isGenerated: true }));
  expect(drawn).toMatchObject({ verdict: 'inconclusive', exitCode: EXIT.inconclusive, met: [] });
  expect(drawn.reason).toMatch(/^no fault of the schedule landed: latency on counter touched none/);
  expect(drawn.checks.find(({ id }) => id === 'works-afterwards')).toMatchObject({
    verdict: 'not-applicable',
    reason: 'works-afterwards found nothing to examine',
  });
  story.fault({ kind: 'down', healedAtMs: story.nowMs + 1_000, aim: AIM });
  story.connect('bob/1').get({ outcome: broken() });
  const met = recordedForTest(story, { checks: ['own-counter'], isGenerated: true });
  expect(judged(met).verdict).toBe('pass');
  expect(judged(recordedForTest(guilty(), { isGenerated: true })).verdict).toBe('fail');
});

test('blames nobody for what fails without the target as well, and for the rest as ever', () => {
  const story = guilty();
  story.connect('carol/1').get({ outcome: broken() });
  const both = judged(recordedForTest(story));
  const checks = [...new Set(both.findings.map(({ check }) => check))];
  expect(checks.length).toBeGreaterThan(1);
  const control = { failed: checks.slice(1) };
  const rest = judged(recordedForTest(story, { control }));
  expect(rest).toMatchObject({ verdict: 'fail', exitCode: EXIT.violation, control });
  expect(new Set(rest.findings.map(({ check }) => check))).toEqual(new Set(checks.slice(0, 1)));
  const none = judged(recordedForTest(story, { control: { failed: checks } }));
  expect(none).toMatchObject({
    verdict: 'inconclusive',
    exitCode: EXIT.inconclusive,
    findings: [],
  });
  expect(none.reason).toMatch(/^straight against the fixture, without the target, .* not blamed$/);
  const clean = judged(recordedForTest(story, { control: { failed: [] } }));
  expect(clean.findings).toEqual(both.findings);
});
