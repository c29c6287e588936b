import { expect, test } from 'vitest';
import { parseLedger } from './ledger.ts';
import { InstrumentLostError } from '../errors.ts';

const LINE = '{"seq":0,"atMs":1.5,"epoch":"e1","kind":"start","pid":7}';

test('reads every line under the name of its upstream', () => {
  const second = LINE.replace('"seq":0', '"seq":1');
  expect(parseLedger('counter', `${LINE}\n${second}\n`)).toEqual([
    { seq: 0, atMs: 1.5, epoch: 'e1', kind: 'start', pid: 7, upstream: 'counter' },
    { seq: 1, atMs: 1.5, epoch: 'e1', kind: 'start', pid: 7, upstream: 'counter' },
  ]);
});

test.each(['', LINE, '{"seq":'])('has no line before the first newline: %j', (text) => {
  expect(parseLedger('counter', text)).toEqual([]);
});

test('cuts off the line that a killed fixture did not finish, whole or not', () => {
  expect(parseLedger('counter', `${LINE}\n{"seq":1,"at`)).toHaveLength(1);
  expect(parseLedger('counter', `${LINE}\n${LINE}`)).toHaveLength(1);
});

test('names a line inside that cannot be read, and blames nobody', () => {
  const read = () => parseLedger('counter', `${LINE}\n{"seq":1,${LINE}\n`);
  expect(read).toThrow(InstrumentLostError);
  expect(read).toThrow('line 2 of the ledger of counter is no JSON');
});
