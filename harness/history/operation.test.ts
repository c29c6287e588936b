import { expect, test } from 'vitest';
import { operationsOf } from './operation.ts';
import { Recorder } from './recorder.ts';

const ask = {
  kind: 'invoke',
  session: 'alice/1',
  method: 'tools/call',
  deadlineMs: 1_000,
} as const;
const OK = { type: 'ok', kind: 'result' } as const;

test('folds every answer into its call, in whatever order they come', () => {
  const recorder = new Recorder();
  const [a, b] = [recorder.nextOp(), recorder.nextOp()];
  recorder.record({ ...ask, op: a });
  recorder.record({ ...ask, op: b });
  recorder.record({ kind: 'complete', op: b, outcome: OK });
  recorder.record({ kind: 'complete', op: a, outcome: OK });
  recorder.record({ kind: 'complete', op: a, outcome: { type: 'info', kind: 'rpc-error' } });
  const [first, second] = operationsOf(recorder.events);
  expect(first).toMatchObject({ outcome: OK, completions: [{ seq: 3 }, { seq: 4 }] });
  expect(second).toMatchObject({ outcome: OK, completions: [{ seq: 2 }] });
  expect(first?.endMs).toBe(recorder.events[3]?.atMs);
});

test('has no end and no outcome where none was recorded', () => {
  const recorder = new Recorder();
  recorder.record({ ...ask, op: recorder.nextOp() });
  const [only] = operationsOf(recorder.events);
  expect(only).toMatchObject({ endMs: Infinity, completions: [] });
  expect(only).not.toHaveProperty('outcome');
  expect(only).not.toHaveProperty('giveUp');
});

test('keeps the first of two ways in which a call was given up', () => {
  const recorder = new Recorder();
  const op = recorder.nextOp();
  recorder.record({ ...ask, op });
  recorder.record({ kind: 'give-up', op, how: 'cancel' });
  recorder.record({ kind: 'give-up', op, how: 'abort' });
  expect(operationsOf(recorder.events)[0]?.giveUp?.how).toBe('cancel');
});
