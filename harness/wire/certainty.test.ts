/** Every row of the table against the ledger: what it calls definite must be so, or it is a lie that is told. */

import { expect, test } from 'vitest';
import { Story } from '../checks/story-for-test.ts';
import { findAnomalies } from '../oracle/find-anomalies.ts';
import { CERTAINTY, classify, type Observation } from './outcome.ts';

const headers = {};
const none = { content: [] };
const error = (code: number, data?: unknown) => ({
  id: 1,
  error: { code, message: 'no', ...(data !== undefined && { data }) },
});
const answer = (message: Extract<Observation, { kind: 'answer' }>['message'], status = 200) =>
  ({ kind: 'answer', status, headers, message }) as const;
const http = (status: number) => ({ kind: 'http', status, headers, body: '' }) as const;
const broken = (code: string) => ({ kind: 'broken', code, message: 'gone' }) as const;

const REFUSED = [400, 401, 403, 404, 405, 406, 413, 415, 429];
const told = JSON.stringify({ value: 1, epoch: 'e1', nonce: 'n1' });

/** Each row by its words, with all that it stands for, in the order of the table. */
const EXAMPLES: Readonly<Record<string, readonly Observation[]>> = {
  'a JSON-RPC result without isError': [
    answer({ id: 1, result: { content: [{ type: 'text', text: told }] } }),
  ],
  'a tool error whose _meta declares that nothing was dispatched': [
    answer({ id: 1, result: { ...none, isError: true, _meta: { dispatched: false } } }),
  ],
  'a tool error': [
    answer({ id: 1, result: { ...none, isError: true } }),
    answer({ id: 1, result: { ...none, isError: true, _meta: { dispatched: true } } }),
  ],
  'an answer or error page under a status that refuses': REFUSED.flatMap((status) => [
    http(status),
    answer(error(-32_000), status),
  ]),
  'a JSON-RPC error of a code that refuses': [-32_700, -32_600, -32_601, -32_602].map((code) =>
    answer(error(code)),
  ),
  'a JSON-RPC error whose data declares that nothing was dispatched': [
    answer(error(-32_603, { dispatched: false })),
  ],
  'a JSON-RPC error': [-32_603, -32_000, -32_001, -32_099, 1].flatMap((code) => [
    answer(error(code)),
    answer(error(code), 503),
  ]),
  'a connection that was never made': [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ].map(broken),
  // What broke off under a status that refuses need not have been all that was to come.
  'a connection or stream that broke': [
    ...['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', ''].map(broken),
    { ...broken('ECONNRESET'), status: 404 },
  ],
  'a response without an answer': [200, 202, 204, 307, 408, 410, 499, 500, 502, 503, 504].map(http),
  "silence until the client's deadline": [{ kind: 'timeout', deadlineMs: 5 }],
  'a client that hung up': [{ kind: 'aborted' }],
  'a client that cancelled': [
    { kind: 'cancelled' },
    { kind: 'cancelled', status: 202 },
    { kind: 'cancelled', status: 404 },
  ],
};

const rows = CERTAINTY.flatMap(({ seen, type }, row) =>
  (EXAMPLES[seen] ?? []).map((example) => ({ seen, type, row, example })),
);

/** What the ledger finds of one increment with this outcome. */
function anomaliesOf(example: Observation, applied: 0 | 1): readonly string[] {
  const story = new Story();
  const alice = story.connect('alice/1');
  const by = [...alice.homes.values()];
  alice.increment(1, { by, applied, outcome: classify(example) });
  return findAnomalies(story.evidence()).anomalies.map(({ name }) => name);
}

test('every row has an example, and every example is decided by its row', () => {
  expect(Object.keys(EXAMPLES)).toEqual(CERTAINTY.map(({ seen }) => seen));
  for (const examples of Object.values(EXAMPLES)) expect(examples).not.toEqual([]);
  for (const { row, example } of rows) {
    expect(CERTAINTY.findIndex(({ fits }) => fits(example))).toBe(row);
  }
});

test.each(rows)('$seen is $type: $example', ({ type, example }) => {
  expect(classify(example).type).toBe(type);
  const wrong = { ok: 'LOST', fail: 'FAILED_BUT_APPLIED', info: undefined }[type];
  const lies = wrong === undefined ? [] : [wrong];
  expect(anomaliesOf(example, 0)).toEqual(type === 'ok' ? lies : []);
  expect(anomaliesOf(example, 1)).toEqual(type === 'fail' ? lies : []);
});
