import { expect, test } from 'vitest';
import { DEFAULT_CLAIMS } from '../target/claims.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { broken, lost, toldLost } from './outcomes-for-test.ts';
import { Client, Story } from './story-for-test.ts';
import { unexposedSucceed } from './unexposed-succeed.ts';

const refused = (status: number) =>
  ({ type: 'info', kind: 'http-error', status, message: 'busy' }) as const;

test('passes calls that succeed, and leaves out those that are meant to fail', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2).call('fail').call('break').call('hang');
  alice.get({ outcome: lost(), invoke: { hostile: true } });
  const giveUp = { how: 'cancel', at: story.nowMs + 1 } as const;
  alice.call('slow_increment', { giveUp, outcome: { type: 'info', kind: 'cancelled' } });
  expect(expectPass(unexposedSucceed, story.evidence()).examined).toBe(2);
});

test('convicts an error out of nowhere, whatever it says', () => {
  const story = new Story();
  const alice = story
    .connect('alice/1')
    .get({ outcome: broken('no') })
    .get({ outcome: lost() });
  alice.get({ outcome: { type: 'fail', kind: 'transport-error', code: 'ECONNREFUSED' } });
  expectFindings(
    unexposedSucceed,
    story.evidence(),
    /get failed though no fault could have touched it: rpc-error HTTP 200 -32603 "no"/,
    /HTTP 404/,
    /transport-error ECONNREFUSED/,
  );
});

test('takes the window of a fault 50 ms wider on both sides, and not by a millisecond more', () => {
  const told = { outcome: broken(), takes: 10 };
  const story = new Story();
  const alice = story.connect('alice/1');
  story.fault({ kind: 'down', requestedAtMs: 5_000, healedAtMs: 6_000 });
  for (const at of [4_940, 5_500, 6_050]) alice.get({ ...told, at });
  alice.get({ at: 7_000 });
  expectPass(unexposedSucceed, story.evidence());
  for (const at of [4_939, 6_051]) alice.get({ ...told, at });
  expectFindings(unexposedSucceed, story.evidence(), /failed though/, /failed though/);
});

test('convicts the bystander on another upstream', () => {
  const story = new Story(['struck', 'calm']);
  const alice = story.connect('alice/1');
  story.fault({ kind: 'down', upstream: 'struck' });
  alice.get({ upstream: 'struck', outcome: broken() }).get({ upstream: 'calm', outcome: broken() });
  expectFindings(unexposedSucceed, story.evidence(), /get failed/);
});

test('excuses only the call that was broken by its own argument', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const bob = story.connect('bob/1');
  const at = story.nowMs;
  alice.call('break', { at, takes: 100 });
  alice.get({ at: at + 10, outcome: broken(), invoke: { opId: 'sibling' } });
  bob.get({ at: at + 20, outcome: lost() });
  expectFindings(unexposedSucceed, story.evidence(), /alice\/1 .*-32603/, /bob\/1 .*404/);
});

test('exposes the next call to a socket that closes right after an answer, for a moment', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.call('break', {
    how: 'close-after',
    outcome: { type: 'ok', kind: 'result', payload: { value: 1 } },
  });
  story.wait(10);
  alice.get({ outcome: broken() });
  story.wait(60).connect('bob/1').get();
  expectPass(unexposedSucceed, story.evidence());
  story.wait(60);
  alice.get({ outcome: broken() });
  expectFindings(unexposedSucceed, story.evidence(), /alice\/1 .* get failed/);
});

test("takes a socket that closed after one session's answer for no loss of another's state", () => {
  const story = new Story();
  const outcome = { type: 'ok', kind: 'result', payload: { value: 1 } } as const;
  const alice = story.connect('alice/1').call('break', { how: 'close-after', outcome });
  const bob = story.connect('bob/1');
  story.wait(100);
  alice.get({ outcome: lost() });
  bob.get({ outcome: lost() });
  expectFindings(unexposedSucceed, story.evidence(), /bob\/1 .* get failed/);
});

test("lets a session tell of a loss after its own call broke, and not the call's sibling", () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  alice.call('slow_increment', { at: at - 1, takes: 400, outcome: lost() });
  alice.call('break', { at, takes: 50 });
  alice.get({ at: at + 100, outcome: toldLost() });
  story.connect('bob/1').get();
  expectFindings(unexposedSucceed, story.evidence(), /slow_increment failed/);
});

test('lets a session hear once, after each strike, that its state is lost', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  for (let strike = 0; strike < 2; strike++) {
    story.wait(100).fault({ kind: 'forget-sessions', healedAtMs: story.nowMs + 1 });
    story.wait(100);
    const at = story.nowMs;
    alice.get({ at, outcome: toldLost(), takes: 5 });
    alice.get({ at: at + 4, outcome: toldLost(), takes: 5 });
    story.wait(20);
    alice.increment(2);
  }
  expectPass(unexposedSucceed, story.evidence());
  alice.get({ outcome: toldLost() });
  expectFindings(unexposedSucceed, story.evidence(), /session with it was lost/);
});

test('lets news come again after the fault, if it was told before only while that lasted', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  story.wait(100).fault({ kind: 'kill', healedAtMs: story.nowMs + 500 });
  alice.get({ outcome: toldLost() });
  story.wait(700);
  alice.get({ outcome: toldLost() }).get();
  expectPass(unexposedSucceed, story.evidence());
});

test('lets a session that ended with 404 stay ended, if something had struck it', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  story.wait(100).fault({ kind: 'kill', healedAtMs: story.nowMs + 100 });
  story.wait(200);
  alice.get({ outcome: lost() }).get({ outcome: lost() }).get({ outcome: lost() });
  story.connect('alice/2').get();
  expectPass(unexposedSucceed, story.evidence());
  const calm = new Story();
  calm.connect('bob/1').get({ outcome: lost() }).get({ outcome: lost() });
  expectFindings(unexposedSucceed, calm.evidence(), /404/);
});

test('takes 404 for no news of loss in a session that was refused from the beginning', () => {
  const unopened = (fault: boolean) => {
    const story = new Story();
    story.connect('alice/1').increment();
    story.wait(100).fault({ kind: 'forget-sessions', healedAtMs: story.nowMs + 100 });
    if (!fault) story.wait(200);
    const alice = new Client(story, 'alice/2', 'alice').request('initialize', { outcome: lost() });
    story.wait(200);
    alice.get({ outcome: lost() });
    return story.evidence();
  };
  expectFindings(unexposedSucceed, unopened(false), /alice\/2 tools\/call get failed .* 404/);
  expectPass(unexposedSucceed, unopened(true));
});

test('takes news of one upstream for no news of another', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').increment(1, { upstream: 'first' });
  for (const upstream of ['first', 'second']) {
    story.fault({ kind: 'kill', upstream, healedAtMs: story.nowMs + 1 });
  }
  story.wait(100);
  alice.get({ upstream: 'first', outcome: toldLost('first') });
  alice.get({ upstream: 'second', outcome: toldLost('second') });
  alice.get({ upstream: 'first' });
  expectPass(unexposedSucceed, story.evidence());
});

test('lets a changed upstream cost its sessions their state, and a new description none', () => {
  const told = (change: 'cosmetic' | 'connect') => {
    const story = new Story();
    const alice = story.connect('alice/1').increment();
    story.fact('upstream-changed', { upstream: 'counter', change }).wait(10);
    alice.get({ outcome: lost() });
    return story.evidence();
  };
  expectPass(unexposedSucceed, told('connect'));
  expectFindings(unexposedSucceed, told('cosmetic'), /404/);
});

test('leaves out calls that DELETE or SIGTERM overtook', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  const at = story.nowMs;
  alice.call('slow_increment', { at, takes: 12, outcome: broken() });
  alice.delete({ at: at + 10, takes: 20 });
  alice.get({ at: at + 40, outcome: lost() });
  const bob = story.connect('bob/1').increment();
  story.fact('stop-requested', { upstreamSessions: 1, callsInFlight: 0 }, story.nowMs);
  bob.get({ outcome: broken() });
  expect(expectPass(unexposedSucceed, story.evidence()).examined).toBe(2);
});

test('convicts a session that a refused DELETE has ended all the same', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  alice.delete({ outcome: { type: 'fail', kind: 'http-error', status: 405 } });
  alice.get({ outcome: lost() });
  expectFindings(unexposedSucceed, story.evidence(), /get failed/);
});

test('calls refusals without any fault capacity, unless so many users are claimed', () => {
  const story = new Story();
  story.connect('alice/1').get({ outcome: refused(429) });
  story
    .connect('bob/1')
    .get({ outcome: refused(503) })
    .get();
  expectInconclusive(
    unexposedSucceed,
    story.evidence(),
    /2 of 3 calls were refused with 429 or 503/,
  );
  const claimed = story.evidence({ claims: { users: 2 } });
  expectFindings(unexposedSucceed, claimed, /HTTP 429/, /HTTP 503/);
});

test('calls 503 a failure once there was a fault', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  story.fault({ kind: 'down', healedAtMs: story.nowMs + 10 }).wait(100);
  alice.get({ outcome: refused(503) });
  expectFindings(unexposedSucceed, story.evidence(), /HTTP 503/);
});

test('says nothing where all was exposed, and nothing of an outcome that the history lost', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.get({ outcome: null });
  story.fault({ kind: 'down' });
  alice.get({ outcome: broken() });
  expectInconclusive(unexposedSucceed, story.evidence(), /nothing to examine/);
});

test('excuses a call that was to take as long as the claimed request timeout, and no shorter one', () => {
  const claims = { ...DEFAULT_CLAIMS, requestTimeoutMs: 5_000 };
  const slow = (delayMs: number) => {
    const story = new Story();
    const outcome = broken('timed out');
    story.connect('alice/1').get().call('slow_increment', { outcome, invoke: { delayMs } });
    return story;
  };
  expectPass(unexposedSucceed, slow(5_000).evidence({ claims }));
  expectFindings(unexposedSucceed, slow(4_999).evidence({ claims }), /timed out/);
  expectFindings(unexposedSucceed, slow(5_000).evidence(), /timed out/);
});

test('tells first that the target ended by itself, and convicts it where no call failed', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  story.fact('target-died', { code: 7, signal: null, afterMs: 412.3 });
  const died = /^the target ended by itself with exit code 7 after 412 ms$/;
  expectFindings(unexposedSucceed, story.evidence(), died);
  alice.get({ outcome: { type: 'fail', kind: 'transport-error', code: 'ECONNREFUSED' } });
  const { findings } = unexposedSucceed.judge(story.evidence());
  expect(findings.map(({ message }) => message)).toEqual([
    expect.stringMatching(died),
    expect.stringContaining('ECONNREFUSED'),
  ]);
  expect(findings[0]?.evidence).toHaveLength(2);
  expect(findings.map(({ anomaly }) => anomaly)).toEqual(['TARGET_DIED', undefined]);
});
