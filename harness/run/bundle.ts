/**
 * One directory for one run of a scenario, with everything needed to judge it again: `manifest.json`,
 * `history.jsonl`, `ledger.jsonl`, `receipts.json`, `findings.json`, `target.log`.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Receipt } from '../fault/receipt.ts';
import type { Claims } from '../target/claims.ts';
import type { Judged } from './judge.ts';
import type { Recorded, Trouble } from './recorded.ts';
import type { ToolUsed } from './result.ts';

export const BUNDLE_SCHEMA = 1;

/** Who ran what: the part of a manifest that the judge does not need. */
export interface Provenance {
  readonly title: string;
  readonly requirements: readonly string[];
  readonly suite: { readonly version: string };
  readonly target: { readonly name: string; readonly version: string };
  readonly seed: number;
  readonly repeat: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly command: string;
  readonly tools: readonly ToolUsed[];
}

export interface Bundle {
  readonly provenance: Provenance;
  readonly recorded: Recorded;
  readonly judged: Judged;
  readonly targetLog: readonly string[];
}

const manifestSchema = z.looseObject({
  schema: z.number(),
  provenance: z.custom<Provenance>((value) => typeof value === 'object' && value !== null),
  scenario: z.string(),
  claims: z.custom<Claims>((value) => typeof value === 'object' && value !== null),
  checks: z.array(z.string()),
  operationsMin: z.number(),
  issued: z.object({ events: z.number(), ops: z.number() }),
  noise: z.object({ lagMaxMs: z.number(), probeMaxMs: z.number() }),
  trouble: z.custom<Trouble>((value) => typeof value === 'object' && value !== null).optional(),
});

/** @param redact removes secrets from every text that is written. */
export async function writeBundle(
  directory: string,
  bundle: Bundle,
  redact: (text: string) => string,
): Promise<void> {
  const { provenance, recorded, judged, targetLog } = bundle;
  const { events, ledger, receipts, ...rest } = recorded;
  await mkdir(directory, { recursive: true });
  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(directory, name), redact(text));
  await Promise.all([
    write('manifest.json', pretty({ schema: BUNDLE_SCHEMA, provenance, ...rest })),
    write('history.jsonl', lines(events)),
    write('ledger.jsonl', lines(ledger)),
    write('receipts.json', pretty(receipts)),
    write('findings.json', pretty(judged)),
    write('target.log', targetLog.map((line) => `${line}\n`).join('')),
  ]);
}

/** @throws {UsageError} naming the file that is missing, damaged or of another schema. */
export async function readBundle(directory: string): Promise<Bundle> {
  const manifest = await readManifest(directory);
  const { provenance, schema: _, ...rest } = manifest;
  const [events, ledger, receipts, judged, targetLog] = await Promise.all([
    readLines<HistoryEvent>(directory, 'history.jsonl'),
    readLines<LedgerEntry>(directory, 'ledger.jsonl'),
    readJson<readonly Receipt[]>(directory, 'receipts.json'),
    readJson<Judged>(directory, 'findings.json'),
    readText(directory, 'target.log'),
  ]);
  const { scenario, claims, checks, operationsMin, issued, noise, trouble } = rest;
  const recorded: Recorded = {
    scenario,
    claims,
    checks,
    operationsMin,
    issued,
    noise,
    events,
    ledger,
    receipts,
    ...(trouble !== undefined && { trouble }),
  };
  return { provenance, recorded, judged, targetLog: targetLog.split('\n').slice(0, -1) };
}

async function readManifest(directory: string): Promise<z.infer<typeof manifestSchema>> {
  const raw = await readJson<unknown>(directory, 'manifest.json');
  const schema = (raw as { schema?: unknown } | null)?.schema;
  if (schema !== BUNDLE_SCHEMA) {
    throw new UsageError(
      `the bundle ${directory} has schema ${String(schema)}, and this version reads schema ${BUNDLE_SCHEMA}: use the version that wrote it`,
    );
  }
  const parsed = manifestSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw damaged(directory, 'manifest.json', z.prettifyError(parsed.error));
}

async function readText(directory: string, name: string): Promise<string> {
  try {
    return await readFile(join(directory, name), 'utf8');
  } catch (cause) {
    throw new UsageError(`${directory} is no bundle: ${name} cannot be read`, { cause });
  }
}

async function readJson<T>(directory: string, name: string): Promise<T> {
  const text = await readText(directory, name);
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw damaged(directory, name, cause instanceof Error ? cause.message : String(cause));
  }
}

async function readLines<T>(directory: string, name: string): Promise<readonly T[]> {
  const text = await readText(directory, name);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      try {
        return JSON.parse(line) as T;
      } catch {
        throw damaged(directory, name, `line ${index + 1} is not JSON`);
      }
    });
}

function damaged(directory: string, name: string, why: string): UsageError {
  return new UsageError(`the bundle ${directory} is damaged: ${name}: ${why}`);
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
