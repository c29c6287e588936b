import { expect, test } from 'vitest';
import { broken, lost } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import type { Home } from '../checks/told-call-for-test.ts';
import type { Outcome } from '../history/event.ts';
import { joinLedger } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import { findAnomalies } from './find-anomalies.ts';
import { Nameless } from './nameless.ts';

/** Alice and bob count to two side by side; the gateway loses every opId on the way up. */
function namesFound(
  change: (line: LedgerEntry) => LedgerEntry = (line) => line,
  told: (operation: Operation) => Operation = (operation) => operation,
): string[] {
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
  const operations = evidence.operations.map(told);
  return findAnomalies({ ...evidence, operations, ledger }).anomalies.map(({ name }) => name);
}

function stateless({ outcome, ...operation }: Operation): Operation {
  const { nonce: _, ...payload } = outcome?.payload ?? {};
  return { ...operation, ...(outcome !== undefined && { outcome: { ...outcome, payload } }) };
}

function unmeant({ invoke, ...operation }: Operation): Operation {
  const { upstream: _, ...about } = invoke;
  return { ...operation, invoke: about };
}

function later(ms: number): (line: LedgerEntry) => LedgerEntry {
  return (line) => (line.kind === 'apply' ? { ...line, atMs: line.atMs + ms } : line);
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

test('an application in the moment in which it was sent, or answered, may be its own', () => {
  expect(namesFound(later(-2))).toEqual([]);
  expect(namesFound(later(2))).toEqual([]);
});

test('where the answer names no state, or the client knows no upstreams, the rest decides', () => {
  const elsewhere = (line: LedgerEntry): LedgerEntry => ({ ...line, upstream: 'third' });
  const unknownState = (line: LedgerEntry): LedgerEntry =>
    line.kind === 'initialize' ? { ...line, nonce: 'other' } : line;
  expect(namesFound(unknownState, stateless)).not.toContain('LOST');
  expect(namesFound(elsewhere, stateless).filter((name) => name === 'LOST')).toHaveLength(6);
  expect(namesFound(elsewhere, unmeant)).not.toContain('LOST');
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

/** Applications without an opId, each of its own value; and increments whose fate is unknown. */
function madeUpAt(
  applications: readonly (readonly [atMs: number, value: number])[],
  sentAt: readonly number[],
  outcome: Outcome | null = broken(),
): readonly (number | string)[] {
  const story = new Story();
  const alice = story.connect('alice/1');
  for (const at of sentAt) alice.increment(1, { at, by: [], outcome });
  const { upstream, epoch, session } = [...alice.homes.values()][0] as Home;
  for (const [atMs, after] of applications) {
    story.line(
      upstream,
      { kind: 'apply', epoch, session, opId: '', before: after - 1, after },
      atMs,
    );
  }
  const { anomalies } = findAnomalies(story.evidence());
  return anomalies.flatMap(({ name, lines }): readonly (number | string)[] =>
    name === 'PHANTOM' ? lines.map(({ atMs }) => atMs) : [name],
  );
}

test('a call explains one application, in the moment in which it was sent or later', () => {
  const two = [
    [3_000, 1],
    [3_100, 2],
  ] as const;
  expect(madeUpAt(two, [2_000])).toEqual([3_100]);
  expect(madeUpAt(two, [2_000, 2_100])).toEqual([]);
  expect(madeUpAt(two, [3_000, 3_100])).toEqual([]);
  expect(madeUpAt(two, [3_050])).toEqual([3_000]);
});

test('of applications with one value and those between, the first to come is explained first', () => {
  const three = [
    [3_000, 2],
    [3_100, 3],
    [3_200, 2],
  ] as const;
  expect(madeUpAt(three, [3_050, 3_150])).toEqual([3_000]);
});

test('a call without any outcome may have been it, and a refused one cannot', () => {
  expect(madeUpAt([[3_000, 1]], [2_000], null)).toEqual([]);
  expect(madeUpAt([[3_000, 1]], [2_000], lost())).toEqual([3_000]);
});

test('the calls explain what they can in whatever order they are told', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  for (const at of [2_000, 3_500]) alice.increment(1, { at, by: [], outcome: broken() });
  const about = { epoch: 'e1', session: 's1', opId: '', before: 0, after: 1 } as const;
  story.line('counter', { kind: 'apply', ...about }, 3_000);
  const { operations, ledger } = story.evidence();
  const nameless = new Nameless(joinLedger(operations, ledger));
  const unapplied = operations.filter(({ invoke }) => invoke.tool === 'increment');
  expect(unapplied).toHaveLength(2);
  expect(nameless.madeUp(unapplied.toReversed())).toEqual([]);
  expect(nameless.madeUp(unapplied.slice(1))).toHaveLength(1);
});
