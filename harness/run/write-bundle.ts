/**
 * Writes a bundle so that none ever looks complete that is not: into a hidden folder beside it, the
 * manifest last, and renamed when everything is there. The manifest counts the lines of the others,
 * so that a machine that loses power in between leaves nothing that reads as whole either.
 */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Redactor } from '../report/redact.ts';
import { scheduleText } from '../schedule/read-schedule.ts';
import { BUNDLE_SCHEMA, type Bundle } from './bundle.ts';
import { redactBundle } from './redact-bundle.ts';
import { signatureOf } from './signature.ts';

/** Replaces what is there under that name as a whole; nothing is written that the redactor has not seen. */
export async function writeBundle(
  directory: string,
  bundle: Bundle,
  redactor: Redactor,
): Promise<void> {
  const beside = join(dirname(directory), `.${basename(directory)}.${process.pid}`);
  const [fresh, old] = [`${beside}.new`, `${beside}.old`];
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    const clean = redactBundle(bundle, redactor);
    const write = (name: string, text: string): Promise<void> => writeFile(join(fresh, name), text);
    await Promise.all(Object.entries(textsOf(clean)).map(([name, text]) => write(name, text)));
    await write('manifest.json', pretty(manifestOf(clean)));
    await replace(directory, fresh, old);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** A folder that is not empty cannot be renamed onto, so the older bundle steps aside first. */
async function replace(directory: string, fresh: string, old: string): Promise<void> {
  await rm(old, { recursive: true, force: true });
  const hadOne = await rename(directory, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(fresh, directory);
  } catch (error) {
    if (hadOne) await rename(old, directory);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

function textsOf(bundle: Bundle): Readonly<Record<string, string>> {
  const { recorded, judged, schedule } = bundle;
  const { receipts, ...findings } = judged;
  return {
    'history.jsonl': jsonl(recorded.events),
    'ledger.jsonl': jsonl(recorded.ledger),
    'receipts.json': pretty(receipts),
    'findings.json': pretty(findings),
    'target.log': logOf(bundle),
    ...(schedule !== undefined && { 'schedule.json': scheduleText(schedule) }),
  };
}

function manifestOf(bundle: Bundle): unknown {
  const { provenance, recorded, judged, schedule, reproduction, parent } = bundle;
  // What was struck is told with what came of it, once: the judge's receipts hold all of the recorder's.
  const { events, ledger, receipts: _, ...rest } = recorded;
  return {
    schema: BUNDLE_SCHEMA,
    provenance,
    signature: signatureOf(judged),
    ...(reproduction !== undefined && { reproduction }),
    ...(parent !== undefined && { parent }),
    ...rest,
    hasSchedule: schedule !== undefined,
    lines: {
      events: events.length,
      ledger: ledger.length,
      receipts: judged.receipts.length,
      // Counted as they will be read: what a target takes for one line may hold several.
      log: logOf(bundle).split('\n').length - 1,
    },
  };
}

function logOf({ targetLog }: Bundle): string {
  return targetLog.map((line) => `${line}\n`).join('');
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function jsonl(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
