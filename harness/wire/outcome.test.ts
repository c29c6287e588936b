import { describe, expect, test } from 'vitest';
import type { RpcResponse } from './json-rpc.ts';
import { classify } from './outcome.ts';

const answer = (message: RpcResponse, status = 200) =>
  classify({ kind: 'answer', status, headers: {}, message });
const rpcError = (code: number, message = 'no', data?: unknown): RpcResponse => ({
  id: 1,
  error: { code, message, ...(data !== undefined && { data }) },
});
const text = (value: string) => ({ content: [{ type: 'text', text: value }] });

describe('a JSON-RPC answer', () => {
  test('a result is ok, with what the fixture put into it', () => {
    expect(answer({ id: 1, result: text('{"value":3,"opId":"a.1"}') })).toEqual({
      type: 'ok',
      kind: 'result',
      status: 200,
      headers: {},
      payload: { value: 3, opId: 'a.1' },
    });
  });

  test.each(['plain words', '{broken', ''])('a result of %j is ok without a payload', (words) => {
    expect(answer({ id: 1, result: text(words) })).not.toHaveProperty('payload');
  });

  test('a tool error may have taken effect, and keeps its text', () => {
    expect(answer({ id: 1, result: { ...text('upstream gone'), isError: true } })).toMatchObject({
      type: 'info',
      kind: 'tool-error',
      message: 'upstream gone',
    });
  });

  test('an empty error text stays empty', () => {
    expect(answer({ id: 1, result: { content: [], isError: true } }).message).toBe('');
    expect(answer(rpcError(-32_603, '')).message).toBe('');
  });

  test.each([-32_700, -32_600, -32_601, -32_602])('code %i never took effect', (code) => {
    expect(answer(rpcError(code))).toMatchObject({ type: 'fail', kind: 'rpc-error', code });
  });

  test.each([-32_603, -32_000, -32_001, -32_099, 1])('code %i may have taken effect', (code) => {
    expect(answer(rpcError(code)).type).toBe('info');
  });

  test.each([
    [404, 'fail'],
    [429, 'fail'],
    [500, 'info'],
    [503, 'info'],
  ])('an error of no certain code under status %i is %s', (status, type) => {
    expect(answer(rpcError(-32_000), status)).toMatchObject({ type, status });
  });

  test('an error is kept with its data, if it has any', () => {
    expect(answer(rpcError(-32_603, 'no', { why: 'because' }))).toEqual({
      type: 'info',
      kind: 'rpc-error',
      status: 200,
      headers: {},
      code: -32_603,
      message: 'no',
      data: { why: 'because' },
    });
    expect(answer(rpcError(-32_603))).not.toHaveProperty('data');
    expect(answer(rpcError(-32_603, 'no', null))).toMatchObject({ type: 'info', data: null });
  });

  test('a declared refusal never took effect', () => {
    expect(answer(rpcError(-32_603, 'no', { dispatched: false })).type).toBe('fail');
    const result = { ...text('no'), isError: true, _meta: { dispatched: false } };
    expect(answer({ id: 1, result }).type).toBe('fail');
    expect(answer(rpcError(-32_603, 'no', { dispatched: true })).type).toBe('info');
  });
});

describe('an HTTP answer without JSON-RPC', () => {
  test.each([400, 401, 403, 404, 405, 406, 413, 415, 429])('status %i is a refusal', (status) => {
    const outcome = classify({ kind: 'http', status, headers: {}, body: 'no' });
    expect(outcome).toMatchObject({ type: 'fail', kind: 'http-error', message: 'no' });
  });

  test.each([408, 499, 500, 502, 503, 504])('status %i may have taken effect', (status) => {
    const outcome = classify({ kind: 'http', status, headers: {}, body: '' });
    expect(outcome).toMatchObject({ type: 'info', kind: 'http-error', message: '' });
  });

  test('a success that answers nothing is a broken transport', () => {
    const outcome = classify({ kind: 'http', status: 200, headers: {}, body: '<html>' });
    expect(outcome).toMatchObject({ type: 'info', kind: 'transport-error', excerpt: '<html>' });
    expect(outcome.message).toBe('status 200 without an answer to this request');
  });

  test.each([200, 500])('of a long body under status %i, the start is kept', (status) => {
    const outcome = classify({ kind: 'http', status, headers: {}, body: 'x'.repeat(301) });
    expect(outcome.excerpt).toBe('x'.repeat(300));
    expect(outcome.message?.length).toBeLessThanOrEqual(300);
  });
});

describe('no answer', () => {
  test.each(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'])(
    '%s: it was never sent',
    (code) => {
      const outcome = classify({ kind: 'broken', code, message: 'x' });
      expect(outcome).toMatchObject({ type: 'fail', kind: 'transport-error', code });
    },
  );

  test.each(['ECONNRESET', 'EPIPE', undefined])('%s: it may have arrived', (code) => {
    const outcome = classify({ kind: 'broken', message: 'x', ...(code !== undefined && { code }) });
    expect(outcome).toMatchObject({ type: 'info', kind: 'transport-error' });
  });

  test('what had come of a broken answer is kept', () => {
    const body = 'y'.repeat(301);
    expect(classify({ kind: 'broken', message: 'x', code: 'EPIPE', status: 200, body })).toEqual({
      type: 'info',
      kind: 'transport-error',
      message: 'x',
      code: 'EPIPE',
      status: 200,
      excerpt: 'y'.repeat(300),
    });
    expect(classify({ kind: 'broken', message: 'x' })).toStrictEqual({
      type: 'info',
      kind: 'transport-error',
      message: 'x',
    });
  });

  test.each([
    { kind: 'timeout', deadlineMs: 5 },
    { kind: 'aborted' },
    { kind: 'cancelled' },
  ] as const)('$kind may have taken effect', (observation) => {
    expect(classify(observation)).toMatchObject({ type: 'info', kind: observation.kind });
  });

  test('a deadline says how long it was, a cancelled call with what status it ended', () => {
    expect(classify({ kind: 'timeout', deadlineMs: 5 }).message).toBe('no answer within 5 ms');
    const cancelled = { type: 'info', kind: 'cancelled' };
    expect(classify({ kind: 'cancelled' })).toStrictEqual(cancelled);
    expect(classify({ kind: 'cancelled', status: 202 })).toStrictEqual({
      ...cancelled,
      status: 202,
    });
  });
});
