/** Reads a bundle back, and says of one that is no bundle, or damaged, which file and how. */

import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { Receipt } from '../fault/receipt.ts';
import type { JudgedReceipt } from '../history/effect.ts';
import { parseSchedule } from '../schedule/read-schedule.ts';
import { BUNDLE_SCHEMA, READABLE_SCHEMAS, type Bundle } from './bundle.ts';
import { judgedSchema, manifestSchema, oldestManifestSchema } from './bundle-schema.ts';
import { whyImpossibleLedger, whyImpossibleReceipts } from './possible-ledger.ts';
import { whyImpossible } from './possible-order.ts';
import { eventSchema, ledgerSchema, receiptsSchema } from './recorded-schema.ts';
import type { Recorded } from './recorded.ts';

const MANIFEST = 'manifest.json';

type Manifest = z.infer<typeof manifestSchema>;

/** @throws {UsageError} naming the file that is missing, damaged or of another schema. */
export async function readBundle(directory: string): Promise<Bundle> {
  const manifest = await readManifest(directory);
  const { provenance, lines, reproduction, parent } = manifest;
  const receipts = await readReceipts(directory, lines.receipts);
  const [recorded, judged, targetLog] = await Promise.all([
    readRecorded(directory, manifest, receipts),
    readJson(directory, 'findings.json', judgedSchema),
    readText(directory, 'target.log'),
  ]);
  return {
    provenance,
    recorded,
    judged: { ...judged, receipts },
    targetLog: wholeLines(directory, 'target.log', targetLog, lines.log),
    ...(manifest.hasSchedule === true && {
      schedule: parseSchedule(
        await readText(directory, 'schedule.json'),
        join(directory, 'schedule.json'),
      ),
    }),
    ...(reproduction !== undefined && { reproduction }),
    ...(parent !== undefined && { parent }),
  };
}

async function readRecorded(
  directory: string,
  manifest: Manifest,
  receipts: readonly JudgedReceipt[],
): Promise<Recorded> {
  const { scenario, claims, checks, operationsMin, issued, noise, lines } = manifest;
  const { trouble, doubts, isGenerated, hasNoLedger, control } = manifest;
  const [events, ledger] = await Promise.all([
    readLines(directory, 'history.jsonl', eventSchema, lines.events),
    readLines(directory, 'ledger.jsonl', ledgerSchema, lines.ledger),
  ]);
  const impossible = whyImpossible(events, issued.events);
  if (impossible !== undefined) throw damaged(directory, 'history.jsonl', impossible);
  const misplaced = whyImpossibleLedger(ledger);
  if (misplaced !== undefined) throw damaged(directory, 'ledger.jsonl', misplaced);
  return {
    scenario,
    claims,
    checks,
    operationsMin,
    issued,
    noise,
    events,
    ledger,
    receipts: receipts.filter(({ ofCall }) => ofCall !== true).map(asStruck),
    ...(trouble !== undefined && { trouble }),
    ...(doubts !== undefined && { doubts }),
    ...(isGenerated !== undefined && { isGenerated }),
    ...(hasNoLedger !== undefined && { hasNoLedger }),
    ...(control !== undefined && { control }),
  };
}

/** What came of it is worked out anew by whoever judges. */
function asStruck(receipt: JudgedReceipt): Receipt {
  const { effect: _effect, ...struck } = receipt;
  return struck;
}

async function readReceipts(directory: string, count: number): Promise<readonly JudgedReceipt[]> {
  const receipts = await readJson(directory, 'receipts.json', receiptsSchema);
  const why =
    receipts.length === count
      ? whyImpossibleReceipts(receipts)
      : `it has ${receipts.length} receipts, and ${count} were written`;
  if (why === undefined) return receipts;
  throw damaged(directory, 'receipts.json', why);
}

async function readManifest(directory: string): Promise<Manifest> {
  const raw = await readJson(directory, MANIFEST, z.unknown());
  const claimed = valid(directory, MANIFEST, z.looseObject({ schema: z.number() }), raw);
  const { schema } = claimed;
  if (!READABLE_SCHEMAS.includes(schema)) {
    throw new UsageError(
      `the bundle ${directory} has schema ${schema}, and this version reads schemas ${READABLE_SCHEMAS.join(' and ')}: use the version that wrote it`,
    );
  }
  if (schema === 1 && !('lines' in claimed)) {
    throw new UsageError(
      `the bundle ${directory} is of an early kind of schema 1, which did not count its lines, and cannot be read: use the version that wrote it`,
    );
  }
  const shape = schema === BUNDLE_SCHEMA ? manifestSchema : oldestManifestSchema;
  return valid(directory, MANIFEST, shape, raw);
}

async function readText(directory: string, name: string): Promise<string> {
  const file = join(directory, name);
  try {
    // A FIFO would be waited for, and a device may have no end.
    if ((await stat(file)).isFile()) return await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    // Whatever has a manifest or a history was a bundle once.
    if (name === MANIFEST && !existsSync(join(directory, 'history.jsonl'))) {
      throw new UsageError(`${directory} is no bundle: ${name} cannot be read`, { cause });
    }
    const why = code === 'ENOENT' ? 'it is missing' : `it cannot be read: ${code}`;
    throw damaged(directory, name, why, { cause });
  }
  throw damaged(directory, name, 'it is not a regular file');
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
  const lines = wholeLines(directory, name, await readText(directory, name), count);
  return lines.map((line, index) => {
    const where = `line ${index + 1}`;
    const value = parsed(line, () => damaged(directory, name, `${where} is not JSON`));
    return valid(directory, name, shape, value, `${where}: `);
  });
}

/** @param count undefined: schema 1 did not count them. */
function wholeLines(
  directory: string,
  name: string,
  text: string,
  count: number | undefined,
): readonly string[] {
  if (text !== '' && !text.endsWith('\n'))
    throw damaged(directory, name, 'its last line is cut off');
  const lines = text.split('\n').slice(0, -1);
  if (count === undefined || lines.length === count) return lines;
  throw damaged(directory, name, `it has ${lines.length} lines, and ${count} were written`);
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

function damaged(directory: string, name: string, why: string, options?: ErrorOptions): UsageError {
  return new UsageError(`the bundle ${directory} is damaged: ${name}: ${why}`, options);
}
