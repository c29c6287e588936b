import { expect, test } from 'vitest';
import { Story } from '../checks/story-for-test.ts';
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
  expect(namesFound(change)).toEqual(Array.from({ length: 6 }, () => 'LOST'));
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
