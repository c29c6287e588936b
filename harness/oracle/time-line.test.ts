import { expect, test } from 'vitest';
import { broken, lost, timedOut } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { atText, timeLine } from './time-line.ts';

/** All that was called of tools, with these lines of the ledger. */
function drawn(story: Story, isShown: (line: LedgerEntry) => boolean): readonly string[] {
  const { events, operations, ledger } = story.evidence();
  return timeLine({
    operations: operations.filter(({ invoke }) => invoke.method === 'tools/call'),
    lines: ledger.filter(isShown),
    receipts: story.receipts,
    zeroMs: events[0]?.atMs ?? 0,
  });
}

test('draws nothing where there is nothing to see, not even the legend', () => {
  expect(timeLine({ operations: [], lines: [], receipts: [], zeroMs: 0 })).toEqual([]);
});

test('says of each call what its client was told, and nothing in the words of the target', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment().get().call('echo');
  alice.get({ outcome: lost() });
  alice.get({ outcome: { type: 'fail', kind: 'transport-error', code: 'ECONNREFUSED' } });
  alice.get({ outcome: broken('<b>boo</b>') }).get({ outcome: timedOut() });
  alice.call('fail').get({ outcome: null });
  expect(drawn(story, () => false).map((row) => row.replace(/ {2}[├─┤ ]+ {2}/, ' | '))).toEqual([
    'alice/1 increment h5 | told 1',
    'alice/1 get h7 | told 1',
    'alice/1 echo h9 | ok',
    'alice/1 get h11 | refused: rpc-error 404',
    'alice/1 get h13 | refused: transport-error ECONNREFUSED',
    'alice/1 get h15 | fate unknown: rpc-error 200',
    'alice/1 get h17 | fate unknown: timeout',
    'alice/1 fail h19 | fate unknown: tool-error 200',
    'alice/1 get h21 | no answer',
    '├ sent  ┤ answered  ● applied; in order, not to scale, from +0.010 s to +0.050 s',
  ]);
});

test('calls that overlap, by their order and not by their duration', () => {
  const story = new Story();
  story.nowMs = 88;
  const alice = story.connect('alice/1');
  // At 98 and at 100: as words they would stand the other way round.
  alice.increment(1, { takes: 5_000 }).increment(1, { at: 100, takes: 1 });
  alice.get({ at: 101, takes: 0, outcome: timedOut() });
  alice.get({ at: 200, outcome: null });
  expect(drawn(story, ({ kind }) => kind === 'apply')).toEqual([
    'alice/1 increment h5  ├───────────────────●───┤  told 2',
    'alice/1 increment h6      ├───●───┤              told 1',
    'alice/1 get h8                    ├              fate unknown: timeout',
    'alice/1 get h10                       ├────────  no answer',
    '├ sent  ┤ answered  ● applied; in order, not to scale, from +0.010 s to +5.010 s',
  ]);
});

test('a row for each line of the ledger that belongs to none of the calls', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const [home] = alice.homes.values();
  if (home === undefined) throw new Error('no home');
  const { epoch, session } = home;
  story.line('counter', { kind: 'apply', opId: 'nobody', before: 2, after: 3, epoch, session });
  story.wait(1).line('counter', { kind: 'delete', session, epoch, known: true });
  expect(drawn(story, ({ kind }) => ['request', 'apply', 'delete'].includes(kind))).toEqual([
    'alice/1 increment h5  ├───●───┤                      told 1',
    'alice/1 increment h7              ├───●───┤          told 2',
    'counter apply                                 ●      counter#e1.7',
    'counter delete                                    ○  counter#e1.8',
    '├ sent  ┤ answered  ● applied; in order, not to scale, from +0.010 s to +0.021 s',
  ]);
});

test('faults from their request to their healing, or to the end', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').get();
  story.fault({ kind: 'latency', healedAtMs: story.nowMs + 5 });
  alice.get();
  story.fault({ kind: 'kill', upstream: 'other' });
  alice.request('ping');
  const { operations, receipts } = story.evidence();
  const [, , , second, ping] = operations;
  if (second === undefined || ping === undefined) throw new Error('too few');
  expect(timeLine({ operations: [second, ping], lines: [], receipts, zeroMs: 1_000 })).toEqual([
    'alice/1 get h7            ├───┤          told 0',
    'alice/1 ping h9                   ├───┤  ok',
    'fault latency on counter  ░░░░░░░░░      f1',
    'fault kill on other               ░░░░░  f2',
    '├ sent  ┤ answered  ● applied  ░ fault; in order, not to scale, from +0.015 s to +0.024 s',
  ]);
});

test('a time is given in seconds from the beginning of the recording', () => {
  expect(atText(2_204.4, 1_000)).toBe('+1.204 s');
});
