/** The shape of what a bundle holds, as far as the judge relies on it: damage is told, not tripped over. */

import { z } from 'zod';
import type { HistoryEvent } from '../history/event.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { JudgedReceipt } from '../history/effect.ts';
import type { Claims } from '../target/claims.ts';
import type { Provenance } from './bundle.ts';
import type { Judged } from './judge.ts';
import type { Control, Trouble } from './recorded.ts';

const atMs = z.number();

/** JSON has no Infinity: a bound that nobody claimed comes back as null. */
const claims = z
  .looseObject({
    declared: z.array(z.string()),
    sessions: z.string(),
    replay: z.string(),
    loss: z.string(),
    shutdownMs: z.number().nullable(),
  })
  .transform(
    (value) => ({ ...value, shutdownMs: value.shutdownMs ?? Infinity }) as unknown as Claims,
  );

export const manifestSchema = z.looseObject({
  schema: z.number(),
  provenance: z
    .looseObject({ title: z.string(), seed: z.number() })
    .transform((value) => value as unknown as Provenance),
  scenario: z.string(),
  claims,
  checks: z.array(z.string()),
  operationsMin: z.number(),
  issued: z.object({ events: z.number(), ops: z.number() }),
  noise: z.object({ lagMaxMs: z.number(), probeMaxMs: z.number() }),
  trouble: z
    .looseObject({ message: z.string(), exitCode: z.number(), voidsFindings: z.boolean() })
    .transform((value) => value as unknown as Trouble)
    .optional(),
  isGenerated: z.literal(true).optional(),
  control: z
    .looseObject({ failed: z.array(z.string()), whyNot: z.string().optional() })
    .transform((value) => value as Control)
    .optional(),
  hasSchedule: z.boolean().optional(),
  reproduction: z
    .object({
      attempts: z.number(),
      failures: z.number(),
      wilson95: z.tuple([z.number(), z.number()]),
    })
    .optional(),
  parent: z.string().optional(),
  /** How many lines each file was written with: one that lost its end is damaged. */
  lines: z.object({
    events: z.number(),
    ledger: z.number(),
    receipts: z.number(),
    log: z.number().optional(),
  }),
});

export const eventSchema = z
  .looseObject({ kind: z.string(), seq: z.number(), atMs })
  .transform((value) => value as unknown as HistoryEvent);

export const ledgerSchema = z
  .looseObject({ kind: z.string(), seq: z.number(), atMs, epoch: z.string(), upstream: z.string() })
  .transform((value) => value as unknown as LedgerEntry);

export const receiptsSchema = z.array(
  z
    .looseObject({ id: z.string(), kind: z.string(), upstream: z.string(), requestedAtMs: atMs })
    .transform((value) => value as unknown as JudgedReceipt),
);

export const judgedSchema = z
  .looseObject({
    verdict: z.string(),
    findings: z.array(z.looseObject({ check: z.string() })),
    checks: z.array(z.looseObject({ id: z.string() })),
  })
  .transform((value) => value as unknown as Omit<Judged, 'receipts'>);
