/** The shape of what a bundle holds, as far as the judge relies on it: damage is told, not tripped over. */

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { EXIT } from '../report/exit-codes.ts';
import { DEFAULT_CLAIMS, type Claims } from '../target/claims.ts';
import type { Provenance } from './bundle.ts';
import type { Judged } from './judge.ts';
import type { Control, Doubts, Trouble } from './recorded.ts';

const text = z.string();
const count = z.int().min(0);

const claimsShape = z.looseObject({
  declared: z.array(text),
  sessions: z.enum(['per-client', 'shared', 'stateless']),
  upstreams: z.enum(['one', 'many']),
  transports: z.array(text),
  revisions: z.array(text),
  replay: z.enum(['never', 'may']),
  loss: z.enum(['told', 'silent']),
  // JSON has no Infinity: a bound that nobody claimed comes back as null.
  shutdownMs: z.number().nullable(),
  requestTimeoutMs: z.number().optional(),
  users: z.number().optional(),
});

type ClaimsRead = z.infer<typeof claimsShape>;

function asClaims(value: ClaimsRead): Claims {
  return { ...value, shutdownMs: value.shutdownMs ?? Infinity } as unknown as Claims;
}

/**
 * Schema 1 began with whether the target had claimed anything. What differs from the default was
 * claimed for certain; what was claimed and equals it is taken for the default.
 */
const oldestClaims = claimsShape
  .extend({ declared: z.union([z.boolean(), z.array(text)]) })
  .transform(({ declared, ...value }) =>
    asClaims({
      ...value,
      declared: Array.isArray(declared) ? declared : declared ? differingFromDefault(value) : [],
    }),
  );

function differingFromDefault(claims: Readonly<Record<string, unknown>>): string[] {
  const usual: Readonly<Record<string, unknown>> = { ...DEFAULT_CLAIMS };
  return Object.keys(claims).filter((name) => !isDeepStrictEqual(claims[name], usual[name]));
}

const named = z.looseObject({ name: text, version: text });

const provenance = z
  .looseObject({
    title: text,
    requirements: z.array(text),
    suite: z.looseObject({ version: text }),
    target: named,
    seed: count,
    repeat: count,
    startedAt: text,
    durationMs: z.number(),
    command: text,
    tools: z.array(named),
  })
  .transform((value) => value as unknown as Provenance);

export const manifestSchema = z.looseObject({
  schema: z.number(),
  provenance,
  scenario: text,
  claims: claimsShape.transform(asClaims),
  checks: z.array(text),
  operationsMin: z.number(),
  issued: z.object({ events: count, ops: count }),
  noise: z.object({ lagMaxMs: z.number(), probeMaxMs: z.number() }),
  trouble: z
    .looseObject({
      message: text,
      exitCode: z.literal(Object.values(EXIT)),
      voidsFindings: z.boolean(),
    })
    .transform((value) => value as unknown as Trouble)
    .optional(),
  doubts: z
    .looseObject({
      message: text,
      checks: z.array(text),
      findings: z.array(
        z.looseObject({ check: text, anomaly: text.optional(), evidence: z.array(text) }),
      ),
    })
    .transform((value) => value as unknown as Doubts)
    .optional(),
  isGenerated: z.literal(true).optional(),
  hasNoLedger: z.literal(true).optional(),
  control: z
    .looseObject({
      failed: z.array(text),
      passed: z.array(text).optional(),
      unproven: z.array(z.looseObject({ check: text, why: text })).optional(),
      whyNot: text.optional(),
    })
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

export const oldestManifestSchema = manifestSchema.extend({ claims: oldestClaims });

const verdict = z.enum(['pass', 'fail', 'inconclusive', 'not-applicable']);

export const judgedSchema = z
  .looseObject({
    verdict,
    reason: text.optional(),
    exitCode: z.number(),
    findings: z.array(
      z.looseObject({
        check: text,
        requirement: text,
        message: text,
        evidence: z.array(text),
        anomaly: text.optional(),
      }),
    ),
    checks: z.array(z.looseObject({ id: text, verdict })),
  })
  .transform((value) => value as unknown as Omit<Judged, 'receipts'>);
