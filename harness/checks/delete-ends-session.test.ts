import { expect, test } from 'vitest';
import { deleteEndsSession } from './delete-ends-session.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { broken, lost, timedOut } from './outcomes-for-test.ts';
import { Story, type Client } from './story-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

const dead = { outcome: lost(), invoke: { hostile: true } } as const;

/** Long enough that everything that is due has come. */
function later(story: Story): void {
  story.wait(1_100).connect('later/1').get();
}

function deleteLate(story: Story, client: Client, forwardedAt: number | 'never') {
  client.delete({ forwardedAt });
  later(story);
  return story.evidence();
}

test('passes a DELETE on every upstream, and 404 from then on', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').get({ upstream: 'first' }).get({ upstream: 'second' });
  story.connect('bob/1').get({ upstream: 'first' });
  alice.delete().get({ upstream: 'first', ...dead });
  expect(expectPass(deleteEndsSession, story.evidence()).examined).toBe(1);
});

test('convicts a DELETE that came late or never', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  const late = deleteLate(story, alice, story.nowMs + 1_104.1 + 7);
  expectFindings(deleteEndsSession, late, /the DELETE of alice\/1 reached counter \d+ ms late/);
  const other = new Story();
  const never = deleteLate(other, other.connect('bob/1').get(), 'never');
  expectFindings(deleteEndsSession, never, /the DELETE of bob\/1 reached counter never/);
});

test("takes no other session's DELETE for it, nor one in another life of the upstream", () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  const bob = story.connect('bob/1').get().delete();
  alice.delete({ forwardedAt: 'never' });
  const session = alice.homes.get('counter')?.session ?? '';
  story.line('counter', { kind: 'delete', epoch: 'e9', session, known: false });
  later(story);
  expect(bob.homes.size).toBe(1);
  expectFindings(
    deleteEndsSession,
    story.evidence(),
    /the DELETE of alice\/1 reached counter never/,
  );
});

test('convicts an id that lives on, and any answer but 404', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get().delete();
  alice.get({ invoke: { hostile: true } }).request('tools/list', { ...dead });
  alice.get({ outcome: broken(), invoke: { hostile: true } });
  expectFindings(
    deleteEndsSession,
    story.evidence(),
    /get came after DELETE and got result HTTP 200 instead of 404/,
    /get came after DELETE and got rpc-error HTTP 200/,
  );
});

test('convicts a DELETE that fails or hangs, and lets a target not offer it', () => {
  const story = new Story();
  story
    .connect('alice/1')
    .get()
    .delete({ outcome: { type: 'info', kind: 'http-error', status: 500 } });
  story.connect('bob/1').get().delete({ outcome: timedOut(), takes: 10_000 });
  expectFindings(
    deleteEndsSession,
    story.evidence(),
    /the DELETE of alice\/1 got http-error HTTP 500/,
    /the DELETE of bob\/1 got timeout/,
  );
  const without = new Story();
  const status = { type: 'fail', kind: 'http-error', status: 405 } as const;
  without.connect('alice/1').get().delete({ outcome: status });
  expectInconclusive(deleteEndsSession, without.evidence(), /nothing to examine/);
});

test('asks for no DELETE where the state was gone before, or could not be reached', () => {
  const told = new Story();
  const alice = told.connect('alice/1').get().get({ outcome: lost() });
  expectPass(deleteEndsSession, deleteLate(told, alice, 'never'));
  const restarted = new Story();
  const bob = restarted.connect('bob/1').get();
  restarted.restart();
  expectPass(deleteEndsSession, deleteLate(restarted, bob, 'never'));
  const forgotten = new Story();
  const carol = forgotten.connect('carol/1').get();
  const { epoch = '', session = '' } = carol.homes.get('counter') ?? {};
  forgotten.line('counter', { kind: 'unknown-session', epoch, session, method: 'tools/call' });
  expectPass(deleteEndsSession, deleteLate(forgotten, carol, 'never'));
  const cut = new Story();
  const dave = cut.connect('dave/1').get();
  cut.wait(100).fault({ kind: 'down', healedAtMs: cut.nowMs + 100 });
  expectPass(deleteEndsSession, deleteLate(cut, dave, 'never'));
});

test('still asks for it where the upstream merely never answers it', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  story.wait(100).fault({ kind: 'silent-delete' });
  expectFindings(deleteEndsSession, deleteLate(story, alice, 'never'), /reached counter never/);
});

test('asks only for the upstream session that the client had in the end', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  story.move(alice);
  alice.get().delete();
  later(story);
  expectPass(deleteEndsSession, story.evidence());
});

test('is inconclusive if the scenario ended too soon, on a busy machine, and without a DELETE', () => {
  const story = new Story();
  story.connect('alice/1').get().delete({ forwardedAt: 'never' });
  expectInconclusive(deleteEndsSession, story.evidence(), /ended 0 ms after a DELETE/);
  later(story);
  const noise = { lagMaxMs: 300, probeMaxMs: 0 };
  expectInconclusive(deleteEndsSession, story.evidence({ noise }), /too busy/);
  const none = new Story();
  none.connect('alice/1').get();
  expectInconclusive(deleteEndsSession, none.evidence(), /nothing to examine/);
  expect(
    deleteEndsSession.notApplicable?.({ ...DEFAULT_CLAIMS, sessions: 'shared' }),
  ).toBeDefined();
});
