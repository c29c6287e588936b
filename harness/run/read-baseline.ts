/**
 * Reads a baseline: a YAML list in which each entry says `scenario` (an id or a glob), `check` and
 * `reason`, and may say more. A mistake is told with its line and its field.
 */

import { readFile } from 'node:fs/promises';
import picomatch from 'picomatch';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import type { Check } from '../checks/check.ts';
import { UsageError } from '../errors.ts';
import { plainComplaint } from '../plain-complaint.ts';
import type { Baseline } from './baseline.ts';
import type { BaselineEntry } from './baseline-rule.ts';

const text = z.string().min(1);

const entrySchema = z
  .strictObject({
    scenario: text,
    check: text,
    reason: text,
    issue: text.optional(),
    expect: z.enum(['fail', 'flaky']).default('fail'),
    maxRate: z.number().gt(0).lt(1).optional(),
    expires: z.iso.date({ error: 'a date such as 2027-03-31' }).optional(),
    anomaly: text.optional(),
    target: z.strictObject({ name: text, version: text.optional() }).optional(),
  })
  .superRefine(({ expect, maxRate, expires }, context) => {
    const complain = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (expect === 'fail' && maxRate !== undefined) {
      complain('maxRate', 'only for "expect: flaky"; what always fails has no rate');
    }
    if (expect !== 'flaky') return;
    if (maxRate === undefined) complain('maxRate', 'required for "expect: flaky"');
    if (expires === undefined) complain('expires', 'required for "expect: flaky"');
  });

/**
 * @param today as YYYY-MM-DD; default: the current day, in UTC.
 * @throws {UsageError} if the file cannot be read or says something else, with its line and field.
 */
export async function readBaseline(
  file: string,
  today = new Date().toISOString().slice(0, 10),
): Promise<Baseline> {
  try {
    return parseBaseline(await readFile(file, 'utf8'), file, today);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new UsageError(`the baseline ${file} cannot be read: ${code}`, { cause });
  }
}

export function parseBaseline(yaml: string, file: string, today: string): Baseline {
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) {
    throw new UsageError(`${file}:${lineCounter.linePos(broken.pos[0]).line}: ${broken.message}`);
  }
  const parsed = z.array(entrySchema).safeParse(document.toJS() ?? [], { error: plainComplaint });
  if (parsed.success) {
    const lines = parsed.data.map((_, index) => lineOf(document, [index], lineCounter));
    return { file, today, entries: parsed.data, lines };
  }
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...unknown];
  throw new UsageError(
    `${file}:${lineOf(document, path, lineCounter)}: ${path.join('.') || 'the document'}: ${issue?.message ?? 'invalid'}`,
  );
}

/** A scenario, and the ids of all checks that judge it. */
export interface JudgedScenario {
  readonly id: string;
  readonly checks: readonly string[];
}

/** @throws {UsageError} if an entry can never match, or two contradict each other. */
export function requireKnown(
  { file, entries, lines = [] }: Baseline,
  scenarios: readonly JudgedScenario[],
  checks: readonly Pick<Check, 'id' | 'anomalies'>[],
): void {
  for (const [index, { scenario, check, anomaly }] of entries.entries()) {
    const line = lines[index];
    const place = line === undefined ? file : `${file}:${line}`;
    // An entry that nothing can violate hides a typing error.
    const matches = picomatch(scenario);
    const matched = scenarios.filter(({ id }) => matches(id));
    if (matched.length === 0) {
      throw new UsageError(
        `${place}: scenario: "${scenario}" matches no scenario; see "mcp-gauntlet list"`,
      );
    }
    const known = checks.find(({ id }) => id === check);
    if (known === undefined) {
      throw new UsageError(
        `${place}: check: there is no check "${check}"; see "mcp-gauntlet list"`,
      );
    }
    if (!matched.some((one) => one.checks.includes(check))) {
      throw new UsageError(
        `${place}: check: "${check}" judges no scenario that "${scenario}" matches; see "mcp-gauntlet explain ${check}"`,
      );
    }
    const { anomalies = [] } = known;
    if (anomaly !== undefined && !anomalies.some((name) => name === anomaly)) {
      const names = anomalies.length === 0 ? 'leave it out' : `it names ${anomalies.join(', ')}`;
      throw new UsageError(`${place}: anomaly: ${check} never names "${anomaly}"; ${names}`);
    }
  }
  for (const { id } of scenarios) {
    const own = entries.filter(({ scenario }) => picomatch(scenario)(id));
    const twice = own.find((one) => own.some((other) => contradicts(one, other)));
    if (twice !== undefined) {
      throw new UsageError(
        `${file}: ${twice.check} in ${id} is expected both to fail always and to be flaky; say one of them`,
      );
    }
  }
}

function contradicts(one: BaselineEntry, other: BaselineEntry): boolean {
  return (
    one.expect !== other.expect &&
    one.check === other.check &&
    one.anomaly === other.anomaly &&
    one.target?.name === other.target?.name &&
    one.target?.version === other.target?.version
  );
}

function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) return lines.linePos(start).line;
  }
  return 1;
}
