import { expect, test } from 'vitest';
import { joinLedger, ledgerRef, opRef } from './join.ts';
import type { LedgerEntry } from './ledger.ts';
import { Story } from '../checks/story-for-test.ts';

test('joins calls with what was served and applied for them, in ledger order', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.increment(1, { invoke: { opId: 'a' } }).get({ invoke: { opId: 'b' } });
  const { operations, ledger } = story.evidence();
  const join = joinLedger(operations, ledger);
  expect(join.services.map(({ operation }) => operation.invoke.opId)).toEqual(['a', 'b']);
  expect(join.applicationsOf('a')).toMatchObject([{ before: 0, after: 1 }]);
  expect(join.applicationsOf('b')).toEqual([]);
  expect(join.phantoms).toEqual([]);
});

test('finds a call and all that belongs to it, be it the first call and the first line', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(1, { invoke: { opId: 'a' } });
  alice.increment(1, { applied: 2, by: [...alice.homes.values(), ...alice.homes.values()] });
  const evidence = story.evidence();
  const [first, second, ...others] = evidence.operations.filter(
    ({ invoke }) => invoke.method === 'tools/call',
  );
  const [setup] = evidence.operations;
  if (first === undefined || second === undefined || setup === undefined) throw new Error('gone');
  expect(others).toEqual([]);
  const from = (kind: LedgerEntry['kind']): readonly LedgerEntry[] =>
    evidence.ledger.slice(evidence.ledger.findIndex((line) => line.kind === kind));
  const join = joinLedger([first, second], from('request'));
  expect(join.services.map(({ operation }) => operation)).toEqual([first, second, second]);
  expect(join.servicesOf(first)).toEqual(join.services.slice(0, 1));
  expect(join.servicesOf(second)).toEqual(join.services.slice(1));
  expect(join.servicesOf(setup)).toEqual([]);
  expect([join.operationOf('a'), join.operationOf('nobody')]).toEqual([first, undefined]);
  expect(join.applicationsOf(second.invoke.opId ?? '')).toHaveLength(4);
  expect(join.applicationsOf('nobody')).toEqual([]);
  expect(joinLedger([first, second], from('apply')).applicationsOf('a')).toHaveLength(1);
});

test('tells sessions with one id apart by upstream and by life', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1', { homes: false });
  for (const [upstream, epoch] of [
    ['first', 'e1'],
    ['first', 'e2'],
    ['second', 'e1'],
  ] as const) {
    alice.get({ upstream, by: [{ upstream, epoch, session: 's', nonce: 'n', value: 0 }] });
  }
  const { operations, ledger } = story.evidence();
  const keys = joinLedger(operations, ledger).services.map((s) => s.upstreamSession.key);
  expect(keys).toEqual(['first/e1/s', 'first/e2/s', 'second/e1/s']);
});

test('leaves requests alone that carry no opId, or one that nobody issued', () => {
  const story = new Story();
  const about = { epoch: 'e1', session: 's1', requestId: 1, method: 'tools/call' };
  story.line('counter', { kind: 'request', ...about });
  story.line('counter', { kind: 'request', ...about, opId: 'foreign' });
  const apply = { kind: 'apply', epoch: 'e1', session: 's1', before: 0, after: 1 } as const;
  story.line('counter', { ...apply, opId: 'foreign' }).line('counter', { ...apply, opId: '' });
  const { operations, ledger } = story.evidence();
  const { services, phantoms } = joinLedger(operations, ledger);
  expect(services).toEqual([]);
  expect(phantoms.map(({ opId }) => opId)).toEqual(['foreign']);
});

test('points at ledger lines by upstream, life and position, at operations by theirs', () => {
  const story = new Story();
  story.connect('alice/1').get();
  const { operations, ledger } = story.evidence();
  expect(ledger.map(ledgerRef)).toEqual(['counter#e1.0', 'counter#e1.1', 'counter#e1.2']);
  expect(operations.map(opRef)).toEqual(['h0', 'h2', 'h5']);
});
