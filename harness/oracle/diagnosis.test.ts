import { expect, test } from 'vitest';
import { CHECKS } from '../checks/index.ts';
import { broken } from '../checks/outcomes-for-test.ts';
import { Story, type Client } from '../checks/story-for-test.ts';
import { diagnose, type Diagnosis } from './diagnosis.ts';

function diagnosed(story: Story): Diagnosis | undefined {
  const evidence = story.evidence();
  const findings = CHECKS.flatMap((check) => check.judge(evidence).findings);
  return diagnose(evidence, findings);
}

function homeOf(client: Client) {
  const [home] = client.homes.values();
  if (home === undefined) throw new Error('no home');
  return home;
}

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
