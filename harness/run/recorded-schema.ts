/**
 * The shape of recorded events, ledger lines and receipts: all that a check reads without looking
 * twice. Records by kind, so that a kind which is added to a type and not here does not compile.
 */

import { z } from 'zod';
import type { JudgedReceipt } from '../history/effect.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { FactValues } from '../history/facts.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { PHASES } from '../schedule/schedule.ts';

type Fields = z.core.$ZodLooseShape;

const text = z.string();
const maybe = text.optional();
const ms = z.number();
const index = z.int().min(0);
const requestId = z.union([text, z.number()]);

const outcome = z.looseObject({
  type: z.enum(['ok', 'fail', 'info']),
  kind: z.enum([
    'result',
    'tool-error',
    'rpc-error',
    'http-error',
    'transport-error',
    'timeout',
    'aborted',
    'cancelled',
  ]),
  status: z.number().optional(),
  code: z.union([z.number(), text]).optional(),
  message: maybe,
  payload: z.record(text, z.unknown()).optional(),
  headers: z.record(text, text).optional(),
  excerpt: maybe,
});

const EVENTS = {
  invoke: {
    op: index,
    session: text,
    user: maybe,
    upstream: maybe,
    method: text,
    tool: maybe,
    requestId: requestId.optional(),
    opId: maybe,
    tag: maybe,
    delayMs: ms.optional(),
    apply: z.enum(['before', 'never']).optional(),
    deadlineMs: ms,
    hostile: z.literal(true).optional(),
  },
  complete: { op: index, outcome },
  'give-up': { op: index, how: z.enum(['cancel', 'abort']) },
  message: { session: text, op: index.optional(), method: text },
  session: {
    session: text,
    what: z.enum(['opened', 'deleted', 'abandoned']),
    user: maybe,
    idDigest: maybe,
  },
  fact: { name: text, value: z.unknown() },
} satisfies Record<HistoryEvent['kind'], Fields>;

const FACTS = {
  'stop-requested': { upstreamSessions: z.number(), callsInFlight: z.number() },
  'target-exit': {
    code: z.number().nullable(),
    signal: text.nullable(),
    afterMs: ms,
    outlived: z
      .looseObject({ pids: z.array(index), leaderAfterMs: ms, isKilled: z.boolean() })
      .optional(),
  },
  'target-died': { code: z.number().nullable(), signal: text.nullable(), afterMs: ms },
  'upstream-changed': { upstream: text, change: text },
  'cancel-span': { cancels: z.number(), spanMs: ms },
  'resting-level': { sessionsEnded: z.number(), upstreamSessions: z.number() },
  'scheduled-operation': { operation: index, session: text },
  'foreign-answer': { session: text, op: index, requestId },
} satisfies Record<keyof FactValues, Fields>;

const ofCall = { session: text, requestId, opId: maybe, tool: maybe };

const LEDGER = {
  start: { pid: z.number() },
  stop: {},
  initialize: { session: text, nonce: text },
  request: { ...ofCall, method: text },
  apply: { session: text, opId: text, before: z.number(), after: z.number() },
  answer: ofCall,
  disconnect: { ...ofCall, how: z.enum(['FIN', 'RST']).optional() },
  cancel: { ...ofCall, matched: z.boolean() },
  break: { ...ofCall, how: text },
  delete: { session: maybe, known: z.boolean() },
  'unknown-session': { method: text, session: maybe },
  'stream-open': { session: text },
  'stream-close': { session: text },
  control: { command: z.record(text, z.unknown()) },
} satisfies Record<LedgerEntry['kind'], Fields>;

/** One of the kinds, with the fields of all and its own. */
function byKind(kinds: Readonly<Record<string, Fields>>, shared: Fields) {
  const shapes = Object.entries(kinds).map(([kind, fields]) =>
    z.looseObject({ kind: z.literal(kind), ...shared, ...fields }),
  );
  const [first, ...rest] = shapes;
  if (first === undefined) throw new RangeError('there is no kind');
  return z.discriminatedUnion('kind', [first, ...rest]);
}

export const eventSchema = byKind(EVENTS, { seq: index, atMs: ms })
  .superRefine((event, context) => {
    if (event.kind !== 'fact') return;
    const { name, value } = event as unknown as { readonly name: string; readonly value: unknown };
    if (!Object.hasOwn(FACTS, name)) return;
    const { error } = z.looseObject(FACTS[name as keyof FactValues]).safeParse(value);
    for (const { message, path } of error?.issues ?? []) {
      context.addIssue({ code: 'custom', message, path: ['value', ...path] });
    }
  })
  .transform((value) => value as unknown as HistoryEvent);

export const ledgerSchema = byKind(LEDGER, {
  seq: index,
  atMs: ms,
  epoch: text,
  upstream: text,
}).transform((value) => value as unknown as LedgerEntry);

const effect = z.looseObject({
  exposed: z.array(text),
  touched: z.array(text),
  seen: z.array(z.looseObject({ sign: text, by: text, count: z.number(), first: text })),
  whyNot: maybe,
});

export const receiptsSchema = z.array(
  z
    .looseObject({
      id: text,
      kind: text,
      upstream: text,
      opIds: z.array(text).optional(),
      ofCall: z.literal(true).optional(),
      requestedAtMs: ms,
      acknowledgedAtMs: ms.optional(),
      healRequestedAtMs: ms.optional(),
      // JSON has no Infinity: one that was never healed may come back as null.
      healedAtMs: ms.nullish(),
      seen: z.array(text),
      effect: effect.optional(),
      aim: z.looseObject({ operation: index, phase: z.enum(PHASES), missed: maybe }).optional(),
    })
    .transform((value) => value as unknown as JudgedReceipt),
);
