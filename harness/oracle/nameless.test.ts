import { expect, test } from 'vitest';
import { broken } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import type { Home } from '../checks/told-call-for-test.ts';
import type { Outcome } from '../history/event.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { findAnomalies } from './find-anomalies.ts';

/** Alice and bob count to two side by side; the gateway loses every opId on the way up. */
function namesFound(change: (line: LedgerEntry) => LedgerEntry = (line) => line): string[] {
  const story = new Story(['first', 'second']);
  const [alice, bob] = [story.connect('alice/1'), story.connect('bob/1')];
  for (const upstream of ['first', 'second', 'first']) {
    const at = story.nowMs;
    alice.increment(1, { upstream, at });
    bob.increment(1, { upstream, at });
    story.wait(10);
  }
  const evidence = story.evidence();
  const ledger = evidence.ledger.map((line) =>
    change('opId' in line ? { ...line, opId: '' } : line),
  );
  return findAnomalies({ ...evidence, ledger }).anomalies.map(({ name }) => name);
}

test('an acknowledged increment whose application lost its opId is not lost', () => {
  expect(namesFound()).toEqual([]);
});

test.each<[string, (line: LedgerEntry) => LedgerEntry]>([
  ['of another value', (line) => (line.kind === 'apply' ? { ...line, after: 9 } : line)],
  ['before it was sent', (line) => ({ ...line, atMs: line.atMs - 3 })],
  [
    'after it was answered',
    (line) => (line.kind === 'apply' ? { ...line, atMs: line.atMs + 3 } : line),
  ],
  [
    'on another upstream',
    (line) => (line.kind === 'apply' ? { ...line, upstream: 'third' } : line),
  ],
  ['in another state', (line) => (line.kind === 'initialize' ? { ...line, nonce: 'other' } : line)],
])('an application %s is not its own', (_, change) => {
  expect(namesFound(change).filter((name) => name === 'LOST')).toHaveLength(6);
});

test('one application is one increment’s only', () => {
  const story = new Story();
  story.connect('alice/1').increment(1, { at: 2_000 }).increment(1, { at: 2_000, by: [] });
  const evidence = story.evidence();
  const outcome = evidence.operations.at(-2)?.outcome as Outcome;
  const operations = evidence.operations.map((one) =>
    one.invoke.tool === 'increment' ? { ...one, outcome } : one,
  );
  const ledger = evidence.ledger.map((line) => ('opId' in line ? { ...line, opId: '' } : line));
  const { anomalies } = findAnomalies({ ...evidence, operations, ledger });
  expect(anomalies.filter(({ name }) => name === 'LOST')).toHaveLength(1);
});

/** By a gateway that gives no opId to the calls that it makes up. */
function madeUp(tell: (story: Story) => void): string[] {
  const story = new Story();
  tell(story);
  const evidence = story.evidence();
  const ledger = evidence.ledger.map((line) =>
    line.kind === 'apply' && line.opId.startsWith('made-up') ? { ...line, opId: '' } : line,
  );
  return findAnomalies({ ...evidence, ledger }).anomalies.map(({ name }) => name);
}

test('an application without an opId that is no call of a client’s was made up', () => {
  expect(
    madeUp((story) => {
      const alice = story.connect('alice/1').increment();
      const { upstream, epoch, session } = [...alice.homes.values()][0] as Home;
      const apply = {
        kind: 'apply',
        epoch,
        session,
        opId: 'made-up',
        before: 1,
        after: 2,
      } as const;
      story.line(upstream, apply);
    }),
  ).toEqual(['PHANTOM']);
});

test('unless a call whose fate is unknown can have been it, which was sent before', () => {
  const tell = (sentAt: number) => (story: Story) => {
    const alice = story.connect('alice/1').increment(1, { at: 2_000 });
    alice.increment(1, { at: sentAt, by: [], outcome: broken() });
    const { upstream, epoch, session } = [...alice.homes.values()][0] as Home;
    const apply = { kind: 'apply', epoch, session, opId: 'made-up', before: 1, after: 2 } as const;
    story.line(upstream, apply, 3_000);
  };
  expect(madeUp(tell(2_500))).toEqual([]);
  expect(madeUp(tell(3_500))).toEqual(['PHANTOM']);
});

test('a call that was asked to apply nothing cannot have been it', () => {
  const tell = (apply: 'before' | 'never') => (story: Story) => {
    const alice = story.connect('alice/1').increment(1, { at: 2_000 });
    alice.call('break', { at: 2_500, by: [], invoke: { apply } });
    const { upstream, epoch, session } = [...alice.homes.values()][0] as Home;
    const made = { kind: 'apply', epoch, session, opId: 'made-up', before: 1, after: 2 } as const;
    story.line(upstream, made, 3_000);
  };
  expect(madeUp(tell('before'))).toEqual([]);
  expect(madeUp(tell('never'))).toEqual(['PHANTOM']);
});
