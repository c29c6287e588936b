/**
 * One directory for one run of a scenario, with everything needed to judge it again: `manifest.json`,
 * `history.jsonl`, `ledger.jsonl`, `receipts.json`, `findings.json`, `target.log`.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import {
  eventSchema,
  judgedSchema,
  ledgerSchema,
  manifestSchema,
  receiptsSchema,
} from './bundle-schema.ts';
import type { Judged } from './judge.ts';
import type { Recorded } from './recorded.ts';
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

/** @param redact removes secrets from every text that is written. */
export async function writeBundle(
  directory: string,
  bundle: Bundle,
  redact: (text: string) => string,
): Promise<void> {
  const { provenance, recorded, judged, targetLog } = bundle;
  const { events, ledger, receipts, ...rest } = recorded;
  const counts = { events: events.length, ledger: ledger.length, receipts: receipts.length };
  await mkdir(directory, { recursive: true });
  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(directory, name), redact(text));
  await Promise.all([
    write('manifest.json', pretty({ schema: BUNDLE_SCHEMA, provenance, ...rest, lines: counts })),
    write('history.jsonl', jsonl(events)),
    write('ledger.jsonl', jsonl(ledger)),
    write('receipts.json', pretty(receipts)),
    write('findings.json', pretty(judged)),
    write('target.log', targetLog.map((line) => `${line}\n`).join('')),
  ]);
}

/** @throws {UsageError} naming the file that is missing, damaged or of another schema. */
export async function readBundle(directory: string): Promise<Bundle> {
  const manifest = await readManifest(directory);
  const [events, ledger, receipts, judged, targetLog] = await Promise.all([
    readLines(directory, 'history.jsonl', eventSchema, manifest.lines.events),
    readLines(directory, 'ledger.jsonl', ledgerSchema, manifest.lines.ledger),
    readJson(directory, 'receipts.json', receiptsSchema),
    readJson(directory, 'findings.json', judgedSchema),
    readText(directory, 'target.log'),
  ]);
  const { provenance, scenario, claims, checks, operationsMin, issued, noise, trouble } = manifest;
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
  const raw = await readJson(directory, 'manifest.json', z.unknown());
  const schema = (raw as { schema?: unknown } | null)?.schema;
  if (schema !== BUNDLE_SCHEMA) {
    throw new UsageError(
      `the bundle ${directory} has schema ${String(schema)}, and this version reads schema ${BUNDLE_SCHEMA}: use the version that wrote it`,
    );
  }
  return valid(directory, 'manifest.json', manifestSchema, raw);
}

async function readText(directory: string, name: string): Promise<string> {
  try {
    return await readFile(join(directory, name), 'utf8');
  } catch (cause) {
    throw new UsageError(`${directory} is no bundle: ${name} cannot be read`, { cause });
  }
}

async function readJson<T>(directory: string, name: string, shape: z.ZodType<T>): Promise<T> {
  const text = await readText(directory, name);
  return valid(
    directory,
    name,
    shape,
    parsed(text, () => damaged(directory, name, 'not JSON')),
  );
}

/** @param count how many lines there were when it was written. */
async function readLines<T>(
  directory: string,
  name: string,
  shape: z.ZodType<T>,
  count: number,
): Promise<readonly T[]> {
  const text = await readText(directory, name);
  if (text !== '' && !text.endsWith('\n'))
    throw damaged(directory, name, 'its last line is cut off');
  const lines = text.split('\n').slice(0, -1);
  if (lines.length !== count) {
    throw damaged(directory, name, `it has ${lines.length} lines, and ${count} were written`);
  }
  return lines.map((line, index) => {
    const where = `line ${index + 1}`;
    const value = parsed(line, () => damaged(directory, name, `${where} is not JSON`));
    return valid(directory, name, shape, value, `${where}: `);
  });
}

function parsed(text: string, otherwise: () => Error): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw otherwise();
  }
}

function valid<T>(
  directory: string,
  name: string,
  shape: z.ZodType<T>,
  value: unknown,
  where = '',
): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const why = z.prettifyError(result.error).replaceAll(/\s+/g, ' ');
  throw damaged(directory, name, `${where}${why}`);
}

function damaged(directory: string, name: string, why: string): UsageError {
  return new UsageError(`the bundle ${directory} is damaged: ${name}: ${why}`);
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function jsonl(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
