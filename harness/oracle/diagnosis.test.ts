import { expect, test } from 'vitest';
import { CHECKS } from '../checks/index.ts';
import { broken, timedOut, toldLost } from '../checks/outcomes-for-test.ts';
import { homeOf, Story, type Client } from '../checks/story-for-test.ts';
import type { AnomalyName } from './anomaly.ts';
import { diagnose, type Diagnosis } from './diagnosis.ts';
import { findAnomalies } from './find-anomalies.ts';

function diagnosed(story: Story): Diagnosis | undefined {
  const evidence = story.evidence();
  const findings = CHECKS.flatMap((check) => check.judge(evidence).findings);
  return diagnose(evidence, findings);
}

/** Whatever the oracle found counts as convicted. */
function diagnosedAll(story: Story): Diagnosis | undefined {
  const evidence = story.evidence();
  const findings = findAnomalies(evidence).anomalies.map(({ name }) => finding(name));
  return diagnose(evidence, findings);
}

const finding = (anomaly?: AnomalyName, evidence: readonly string[] = []) => ({
  message: `the finding of ${anomaly ?? 'something else'}`,
  evidence,
  ...(anomaly !== undefined && { anomaly }),
});

test('has nothing to say where nothing was found', () => {
  const story = new Story();
  story.connect('alice/1').increment(3).get();
  expect(diagnosed(story)).toBeUndefined();
});

test("names whose increments were applied to whose counter, and draws the first with one of the owner's", () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(5);
  story.connect('alice/2').increment(3, { by: [homeOf(alice)] });
  expect(diagnosed(story)).toEqual({
    headline:
      "session alice/2's increments were applied to alice/1's counter: 3 of them, first at +0.045 s",
    rung: "another session's operations",
    anomaly: 'FOREIGN',
    also: [],
    timeLine: [
      'alice/1 increment h5   ├───●───┤              told 1',
      'alice/2 increment h20              ├───●───┤  told 6',
      '├ sent  ┤ answered  ● applied; in order, not to scale, from +0.010 s to +0.049 s',
    ],
  });
});

test('draws what was applied after its answer, and the fault that was active', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  story.fault({ kind: 'down', healedAtMs: story.nowMs + 300 });
  alice.increment(1, { outcome: broken(), invoke: { opId: 'twice' } });
  const { upstream, epoch, session } = homeOf(alice);
  const again = { kind: 'apply', opId: 'twice', before: 1, after: 2, epoch, session } as const;
  story.wait(100).line(upstream, again);
  const { headline, rung, timeLine } = diagnosed(story) ?? {};
  expect([headline, rung]).toEqual([
    'increments of session alice/1 were applied more than once: once, at +0.010 s',
    'duplicates',
  ]);
  expect(timeLine).toEqual([
    'alice/1 increment h5   ├───●───┤   ●      fate unknown: rpc-error 200',
    'fault down on counter  ░░░░░░░░░░░░░░░░░  f1',
    '├ sent  ┤ answered  ● applied  ░ fault; in order, not to scale, from +0.010 s to +0.310 s',
  ]);
});

test('shows beside a lost increment who was told that it did not count', () => {
  const story = new Story();
  story
    .connect('alice/1')
    .increment(1, { applied: 0, payload: { value: 1 } })
    .increment();
  expect(diagnosed(story)).toMatchObject({
    anomaly: 'LOST',
    timeLine: [
      'alice/1 increment h5  ├───┤              told 1',
      'alice/1 increment h7          ├───●───┤  told 1',
      expect.any(String),
    ],
  });
});

test('takes the lowest rung that explains all of it, and says what else there is', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(1, { applied: 2 }).increment(1, { applied: 2 });
  story.connect('bob/1').increment(1, { by: [homeOf(alice)] });
  expect(diagnosed(story)).toMatchObject({
    anomaly: 'FOREIGN',
    also: ['2 × DUPLICATE: an increment was applied more than once'],
  });
});

test('has one headline for findings that have nothing to do with counters', () => {
  const story = new Story();
  const nothing = { type: 'info', kind: 'rpc-error', code: -32_603, message: '' } as const;
  story.connect('alice/1').call('echo', { outcome: nothing }).call('echo', { outcome: nothing });
  const { headline, rung, also, timeLine } = diagnosed(story) ?? {};
  expect(headline).toMatch(/^alice\/1 tools\/call echo/);
  expect(rung).toBeUndefined();
  expect(also).toEqual([expect.stringMatching(/^\d more findings$/)]);
  expect(timeLine?.[0]).toBe('alice/1 echo h5  ├───┤  fate unknown: rpc-error -32603');
});

test('draws an application that nobody asked for by itself', () => {
  const story = new Story();
  const { upstream, epoch, session } = homeOf(story.connect('alice/1').get());
  story.line(upstream, { kind: 'apply', opId: 'x', before: 0, after: 1, epoch, session });
  expect(diagnosed(story)?.timeLine[0]).toBe('counter apply  ●  counter#e1.3');
});

test('gives the end of the target itself as the reason, before what its counters show', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  story.connect('alice/2').increment(1, { by: [homeOf(alice)] });
  alice.get({ outcome: { type: 'fail', kind: 'transport-error', code: 'ECONNREFUSED' } });
  story.fact('target-died', { code: null, signal: 'SIGSEGV', afterMs: 412 });
  const diagnosis = diagnosed(story);
  expect(diagnosis?.headline).toBe('the target ended by itself with signal SIGSEGV after 412 ms');
  expect(diagnosis).not.toHaveProperty('rung');
  expect(diagnosis?.also[0]).toMatch(/^1 × FOREIGN: /);
  expect(diagnosis?.also.at(-1)).toMatch(/^\d+ more findings$/);
  expect(diagnosis?.timeLine[0]).toMatch(/^alice\/1 get .* ECONNREFUSED/);
});

const RUNGS: readonly (readonly [AnomalyName, string, (alice: Client, story: Story) => unknown])[] =
  [
    ['DUPLICATE', 'duplicates', (alice) => alice.increment(1, { applied: 2 })],
    [
      'FAILED_BUT_APPLIED',
      'refused calls applied',
      (alice) => {
        const outcome = { type: 'fail', kind: 'rpc-error' } as const;
        alice.increment(1, { outcome, by: [homeOf(alice)], applied: 1 });
      },
    ],
    [
      'SILENT_RESET',
      'reset',
      (alice, story) => {
        story.restart().move(alice);
        alice.get();
      },
    ],
    [
      'SESSION_SPLIT',
      'reset',
      (alice, story) => {
        story.move(alice);
        alice.get();
      },
    ],
    [
      'SPLIT_BRAIN',
      'reset',
      (alice, story) => {
        const old = homeOf(alice);
        story.restart();
        alice.increment(1, { outcome: toldLost(), by: [] });
        story.move(alice);
        alice.increment().get({ by: [old] });
      },
    ],
    [
      'SESSION_SHARED',
      "another session's operations",
      (alice, story) => story.connect('bob/1').get({ by: [homeOf(alice)] }),
    ],
    [
      'FOREIGN',
      "another session's operations",
      (alice, story) => story.connect('bob/1').increment(1, { by: [homeOf(alice)] }),
    ],
    [
      'MISROUTED',
      "another session's operations",
      (alice) => alice.call('echo', { payload: { tag: 'theirs' } }),
    ],
    [
      'PHANTOM',
      'unexplainable',
      (alice, story) => {
        const { epoch, session } = homeOf(alice);
        story.line('counter', { kind: 'apply', opId: 'x', before: 1, after: 2, epoch, session });
      },
    ],
    ['LOST', 'unexplainable', (alice) => alice.increment(1, { applied: 0 })],
    [
      'ORDER',
      'unexplainable',
      (alice, story) => {
        const { epoch, session } = homeOf(alice);
        alice.increment(1, { applied: 0, invoke: { opId: 'mine' }, payload: { value: 3 } });
        alice.increment();
        story.line('counter', { kind: 'apply', opId: 'mine', before: 2, after: 3, epoch, session });
      },
    ],
    ['WRONG_VALUE', 'unexplainable', (alice) => alice.get({ payload: { value: 9 } })],
  ];

test.each(RUNGS)('%s is on the rung of %s', (name, rung, tell) => {
  const story = new Story();
  tell(story.connect('alice/1').increment().get(), story);
  expect(diagnosedAll(story)).toMatchObject({ anomaly: name, rung, also: [] });
});

test('of two on one rung the more frequent one comes first', () => {
  const tell = (losses: number, wrongs: number): Diagnosis | undefined => {
    const story = new Story();
    const alice = story.connect('alice/1').increment(losses, { applied: 0 });
    for (let times = 0; times < wrongs; times += 1) alice.get({ payload: { value: 9 } });
    return diagnosedAll(story);
  };
  expect(tell(1, 2)).toMatchObject({
    anomaly: 'WRONG_VALUE',
    also: ['1 × LOST: an acknowledged increment was never applied'],
  });
  expect(tell(2, 1)).toMatchObject({
    anomaly: 'LOST',
    also: ['1 × WRONG_VALUE: a client was told a value that the counter did not have'],
  });
});

test('leaves out what no check convicted, and says how much more the checks found', () => {
  const story = new Story();
  story.connect('alice/1').increment(1, { applied: 0 }).increment(1, { applied: 2 });
  const evidence = story.evidence();
  expect(diagnose(evidence, [finding('DUPLICATE')])).toMatchObject({
    anomaly: 'DUPLICATE',
    also: [],
  });
  const also = (more: number) =>
    diagnose(evidence, Array(1 + more).fill(finding()) as ReturnType<typeof finding>[])?.also;
  expect([also(0), also(1), also(2)]).toEqual([[], ['1 more finding'], ['2 more findings']]);
});

test('tells of the end of the target by the very finding that is about it', () => {
  const story = new Story();
  story.connect('alice/1').increment(1, { applied: 2 });
  const stray = { session: 'alice/1', op: 99, requestId: 1, answeredId: 2 };
  story.fact('foreign-answer', stray);
  const findings = [finding('DUPLICATE'), finding(undefined, ['h7']), finding()];
  expect(diagnose(story.evidence(), findings)).toHaveProperty('anomaly', 'DUPLICATE');
  story.wait(1).fact('target-died', { code: 1, signal: null, afterMs: 412 });
  const { events } = story.evidence();
  const died = events.find((event) => event.kind === 'fact' && event.name === 'target-died');
  const about = { ...finding(undefined, [`h${died?.seq}`]), message: 'it died' };
  expect(diagnose(story.evidence(), [...findings, about])?.headline).toBe('it died');
  expect(diagnose(story.evidence(), findings)).toHaveProperty('anomaly', 'DUPLICATE');
});

test('draws the first of them, with the call of the one whose counter it was', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3);
  const bob = story.connect('bob/1').increment(3);
  const carol = story.connect('carol/1').increment(1, { by: [homeOf(bob)] });
  carol.increment(1, { by: [homeOf(alice)] });
  expect(diagnosed(story)?.timeLine.slice(0, 2)).toEqual([
    'bob/1 increment h16    ├───●───┤              told 1',
    'carol/1 increment h27              ├───●───┤  told 4',
  ]);
});

test('shows of the owner what was applied to the very counter, or whatever it called', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1');
  const by = [homeOf(alice)];
  const bob = story.connect('bob/1').increment(1, { by });
  alice.increment(1, { upstream: 'other' }).get().increment(2);
  bob.increment(1, { by });
  expect(diagnosed(story)?.timeLine.slice(0, 2)).toEqual([
    'bob/1 increment h10    ├───●───┤              told 1',
    'alice/1 increment h16              ├───●───┤  told 2',
  ]);
  const reading = new Story();
  const carol = reading.connect('carol/1').get().get();
  reading.connect('dave/1').get({ by: [homeOf(carol)] });
  expect(diagnosed(reading)?.timeLine.slice(0, 2)).toEqual([
    'carol/1 get h5  ├───┤          told 0',
    'dave/1 get h14          ├───┤  told 0',
  ]);
});

test('shows beside a lost increment the next of its session that was told a value of this counter', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').increment();
  const bob = story.connect('bob/1');
  alice.increment(1, { applied: 0, at: story.nowMs, payload: { value: 2 } });
  alice.get({ at: story.nowMs + 1 });
  story.wait(10);
  bob.get();
  alice.get({ upstream: 'other' }).get({ outcome: timedOut() }).get({ outcome: null });
  alice.call('echo').get();
  const { timeLine } = diagnosed(story) ?? {};
  expect(timeLine?.slice(0, -1)).toEqual([
    'alice/1 increment h12  ├───┤          told 2',
    'alice/1 get h25                ├───┤  told 1',
  ]);
});

test('draws a lost increment alone where nobody asked afterwards', () => {
  const story = new Story();
  story.connect('alice/1').get().increment(1, { applied: 0 });
  expect(diagnosed(story)?.timeLine.slice(0, -1)).toEqual(['alice/1 increment h7  ├───┤  told 0']);
});
