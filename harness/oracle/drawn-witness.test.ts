/** What the time line of a diagnosis shows and what it leaves out: few calls, few lines, few faults. */

import { expect, test } from 'vitest';
import { Story, type Client } from '../checks/story-for-test.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { ledgerRef } from '../history/join.ts';
import { diagnose } from './diagnosis.ts';
import { findAnomalies } from './find-anomalies.ts';

/** The rows for what the oracle found, without the legend. */
function drawn(story: Story): readonly string[] {
  const evidence = story.evidence();
  const findings = findAnomalies(evidence).anomalies.map(({ name }) => ({
    anomaly: name,
    message: name,
    evidence: [],
  }));
  return diagnose(evidence, findings)?.timeLine.slice(0, -1) ?? [];
}

/** The rows for a finding of something else that points at these. */
function drawnOf(story: Story, evidence: readonly string[]): readonly string[] {
  const rows = diagnose(story.evidence(), [{ message: 'something else', evidence }])?.timeLine;
  return rows?.slice(0, -1).map((row) => row.replaceAll(/ {2}[├─┤●○░ ]+ {2}/g, ' | ')) ?? [];
}

function refsOf(story: Story, isMeant: (line: LedgerEntry) => boolean): readonly string[] {
  return story.evidence().ledger.filter(isMeant).map(ledgerRef);
}

function sessionOf(client: Client) {
  const [home] = client.homes.values();
  if (home === undefined) throw new Error('no home');
  return { epoch: home.epoch, session: home.session } as const;
}

test('calls stand in order of time, whichever of them it befell', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  story.move(alice);
  alice.get();
  expect(drawn(story)).toEqual([
    'alice/1 increment h5  ├───●───┤          told 1',
    'alice/1 get h7                    ├───┤  told 0',
  ]);
});

test('four calls at most, each once, and only what the finding points at', () => {
  const story = new Story();
  story.connect('alice/1').get().get().get().get().get().get();
  expect(drawnOf(story, ['h15', 'h13', 'h7', 'h9', 'h11'])).toEqual([
    'alice/1 get h7 | told 0',
    'alice/1 get h9 | told 0',
    'alice/1 get h11 | told 0',
    'alice/1 get h13 | told 0',
  ]);
});

test('twelve of the applications of a call', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(1, { applied: 0, invoke: { opId: 'mine' } });
  for (let after = 1; after <= 13; after += 1) {
    const apply = { kind: 'apply', opId: 'mine', before: after - 1, after } as const;
    story.wait(1).line('counter', { ...apply, ...sessionOf(alice) });
  }
  expect(drawn(story)).toEqual([`alice/1 increment h5  ├───┤${'   ●'.repeat(12)}  told 0`]);
});

test('four lines beside them, among which those of the drawn calls do not count', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3, { applied: 2 });
  for (const atMs of [1, 2, 3, 4, 5]) {
    story.line('counter', { kind: 'stream-open', ...sessionOf(alice) }, story.nowMs + atMs);
  }
  const lines = refsOf(story, ({ kind }) => kind !== 'initialize');
  expect(drawnOf(story, ['h5', 'h7', 'h9', ...lines])).toEqual([
    'alice/1 increment h5 | told 2',
    'alice/1 increment h7 | told 4',
    'alice/1 increment h9 | told 6',
    'counter stream-open | counter#e1.13',
    'counter stream-open | counter#e1.14',
    'counter stream-open | counter#e1.15',
    'counter stream-open | counter#e1.16',
  ]);
});

test('the faults that were active while a call lasted, or when a line was written', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const from = story.nowMs;
  const during = (id: string, requestedAtMs: number, healedAtMs?: number) =>
    story.fault({
      kind: 'latency',
      id,
      requestedAtMs: from + requestedAtMs,
      ...(healedAtMs !== undefined && { healedAtMs: from + healedAtMs }),
    });
  during('before', -5, -1);
  during('begins and ends', 50, 60);
  during('is over', 5, 101);
  during('after', 250);
  alice.increment(1, { applied: 0, takes: 100, invoke: { opId: 'mine' } });
  const lost = drawn(story).slice(1);
  expect(lost.map((row) => row.split('  ').at(-1))).toEqual(['begins and ends', 'is over']);

  const late = new Story();
  const bob = late.connect('bob/1').increment(1, { invoke: { opId: 'mine' } });
  late.wait(100).fault({ kind: 'down' });
  late.fault({ kind: 'break', id: 'of another call', opIds: ['x'] });
  late.wait(100).fault({ kind: 'kill', id: 'later' });
  const again = { kind: 'apply', opId: 'mine', before: 1, after: 2, ...sessionOf(bob) } as const;
  late.line('counter', again, late.nowMs - 50);
  expect(drawn(late)).toEqual([
    'bob/1 increment h5     ├───●───┤       ●  told 1',
    'fault down on counter              ░░░░░  f1',
  ]);
});

test('two faults at most', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  story.fault({ kind: 'latency' }).fault({ kind: 'slicer' }).fault({ kind: 'down' });
  alice.increment(1, { applied: 0 });
  expect(drawn(story).slice(1)).toEqual([
    'fault latency on counter  ░░░░░  f1',
    'fault slicer on counter   ░░░░░  f2',
  ]);
});

test('a ledger without a client is drawn from its own beginning', () => {
  const story = new Story();
  const home = story.home();
  const { epoch, session } = home;
  story.nowMs = 1_500;
  story.line('counter', { kind: 'apply', opId: 'x', before: 0, after: 1, epoch, session });
  const { ledger } = story.recording();
  const recording = { events: [], operations: [], ledger, receipts: [] };
  const findings = [{ anomaly: 'PHANTOM', message: '', evidence: [] }];
  expect(diagnose(recording, findings)).toMatchObject({
    headline: 'counter applied what no client had asked for: once, at +1.500 s',
    timeLine: [
      'counter apply  ●  counter#e1.1',
      '├ sent  ┤ answered  ● applied; in order, not to scale, from +1.500 s to +1.500 s',
    ],
  });
});

test('a stranger is drawn alone where nobody who is known was there before', () => {
  const story = new Story();
  const alice = story.connect('alice/1', { homes: false });
  const home = { upstream: 'counter', epoch: 'e1', session: 'old', nonce: 'n', value: 0 };
  alice.get({ by: [home], payload: { value: 4 } });
  expect(drawn(story)).toEqual(['alice/1 get h5  ├───┤  told 4']);
});
