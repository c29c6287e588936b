/**
 * Recordings of a few calls and a few ledger lines, for property tests: so few names and moments that
 * whatever can coincide does, and told by nobody in particular, so that much of it is impossible.
 * What is fast is compared on them with what is plain.
 */

import * as fc from 'fast-check';
import type { InvokeEvent, Outcome } from './event.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Operation } from './operation.ts';

export interface SmallRecording {
  readonly operations: readonly Operation[];
  /** As it was written: what was joined late stands behind its time. */
  readonly ledger: readonly LedgerEntry[];
}

const OPERATIONS_MAX = 4;
const LINES_MAX = 18;
const MOMENT_MAX = 12;

const moment = fc.noBias(fc.nat(MOMENT_MAX));
const upstream = fc.constantFrom('counter', 'other');
const epoch = fc.constantFrom('e1', 'e2');

/** Upstream sessions that differ in one thing; most lines are of the first. */
const home = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ upstream: 'counter', epoch: 'e1', session: 's1' }) },
  fc.constantFrom(
    { upstream: 'counter', epoch: 'e1', session: 's2' },
    { upstream: 'counter', epoch: 'e2', session: 's1' },
    { upstream: 'other', epoch: 'e1', session: 's1' },
  ),
);

const outcome: fc.Arbitrary<Outcome | undefined> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      type: fc.constant('ok' as const),
      kind: fc.constant('result' as const),
      payload: fc.record(
        {
          value: fc.constantFrom<unknown>(0, 1, 1, 2, 'two'),
          nonce: fc.constantFrom('n1', 'n2'),
          epoch,
        },
        { requiredKeys: ['value'] },
      ),
    }),
  },
  fc.constant<Outcome>({ type: 'ok', kind: 'result' }),
  fc.constant<Outcome>({ type: 'info', kind: 'timeout' }),
  fc.constant<Outcome>({ type: 'fail', kind: 'rpc-error', code: -32_601 }),
  fc.constant(undefined),
);

const call = fc.record({
  session: fc.constantFrom('alice/1', 'bob/1'),
  upstream: fc.option(upstream, { nil: undefined, freq: 4 }),
  method: fc.constantFrom('tools/call', 'tools/call', 'tools/call', 'tools/call', 'tools/list'),
  tool: fc.constantFrom('increment', 'increment', 'get', 'get', 'get', 'break', 'echo'),
  startMs: moment,
  tookMs: fc.nat(2),
  outcome,
});

function operation(
  {
    session: who,
    upstream: asked,
    method,
    tool,
    startMs,
    tookMs,
    outcome: told,
  }: Drawn<typeof call>,
  op: number,
): Operation {
  const invoke: InvokeEvent = {
    kind: 'invoke',
    seq: op,
    op,
    atMs: startMs,
    session: who,
    method,
    tool,
    deadlineMs: 1_000,
    ...(method === 'tools/call' && { opId: `op${op}` }),
    ...(asked !== undefined && { upstream: asked }),
  };
  return {
    invoke,
    completions: [],
    startMs,
    endMs: told === undefined ? Infinity : startMs + tookMs,
    ...(told !== undefined && { outcome: told }),
  };
}

/** One in several carries an opId that nobody issued, or none, or one that was lost on the way. */
const opId = fc.oneof(
  { weight: 20, arbitrary: fc.nat(OPERATIONS_MAX - 1).map((op) => `op${op}`) },
  fc.constantFrom('', 'nobody', undefined),
);

const line = fc
  .record({
    kind: fc.constantFrom(
      'request',
      'request',
      'apply',
      'apply',
      'answer',
      'answer',
      'initialize',
      'disconnect',
    ),
    atMs: moment,
    home,
    opId,
  })
  .map(({ kind, atMs, home: where, opId: ofCall }) => ({
    kind,
    atMs,
    ...where,
    ...(kind !== 'initialize' && ofCall !== undefined && { opId: ofCall }),
  }));

type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** Ledgers in order are as common as others. */
export const smallRecording: fc.Arbitrary<SmallRecording> = fc
  .record({
    calls: fc.array(call, { minLength: 2, maxLength: OPERATIONS_MAX, size: 'max' }),
    lines: fc.array(line, { minLength: 4, maxLength: LINES_MAX, size: 'max' }),
    isInOrder: fc.boolean(),
  })
  .map(({ calls, lines, isInOrder }) => {
    const written = isInOrder ? lines.toSorted((a, b) => a.atMs - b.atMs) : lines;
    return {
      operations: calls.map(operation),
      ledger: written.map((one, seq) => ({ ...one, seq }) as LedgerEntry),
    };
  });
