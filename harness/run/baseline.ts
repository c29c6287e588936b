/**
 * The findings that are expected of a target: known, explained, and red again as soon as they
 * change in either direction. A YAML list of `scenario` (an id or a glob), `check`, `reason`.
 */

import { readFile } from 'node:fs/promises';
import picomatch from 'picomatch';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { EXIT } from '../report/exit-codes.ts';
import type { ScenarioResult } from './result.ts';

export interface BaselineEntry {
  /** A scenario's id, or a glob over ids. */
  readonly scenario: string;
  readonly check: string;
  /** Why it is accepted; printed wherever the finding is. */
  readonly reason: string;
  /** Where it is being dealt with. */
  readonly issue?: string | undefined;
}

export interface Baseline {
  readonly file: string;
  readonly entries: readonly BaselineEntry[];
}

export interface Baselined {
  /** The same results; a fail whose findings are all expected has exit code 0. */
  readonly results: readonly ScenarioResult[];
  /** Entries whose scenarios were judged, and whose finding did not come. */
  readonly stale: readonly BaselineEntry[];
}

const entriesSchema = z.array(
  z.strictObject({
    scenario: z.string().min(1),
    check: z.string().min(1),
    reason: z.string().min(1),
    issue: z.string().min(1).optional(),
  }),
);

/** @throws {UsageError} if the file cannot be read or says something else, with its line and field. */
export async function readBaseline(file: string): Promise<Baseline> {
  try {
    return parseBaseline(await readFile(file, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new UsageError(`the baseline ${file} cannot be read: ${code}`, { cause });
  }
}

export function parseBaseline(text: string, file: string): Baseline {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: true });
  const broken = document.errors[0];
  if (broken !== undefined) {
    throw new UsageError(`${file}:${lineCounter.linePos(broken.pos[0]).line}: ${broken.message}`);
  }
  const parsed = entriesSchema.safeParse(document.toJS() ?? []);
  if (parsed.success) return { file, entries: parsed.data };
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  throw new UsageError(
    `${file}:${lineOf(document, path, lineCounter)}: ${path.join('.') || 'the document'}: ${issue?.message ?? 'invalid'}`,
  );
}

/** @throws {UsageError} if an entry can never match: an entry that nothing can violate hides a typing error. */
export function requireKnown(
  baseline: Baseline,
  scenarioIds: readonly string[],
  checkIds: readonly string[],
): void {
  for (const { scenario, check } of baseline.entries) {
    const matches = matcher(scenario);
    if (!scenarioIds.some((id) => matches(id))) {
      throw new UsageError(
        `${baseline.file}: "${scenario}" matches no scenario; see "mcp-gauntlet list"`,
      );
    }
    if (!checkIds.includes(check)) {
      throw new UsageError(
        `${baseline.file}: there is no check "${check}"; see "mcp-gauntlet list"`,
      );
    }
  }
}

export function applyBaseline(baseline: Baseline, results: readonly ScenarioResult[]): Baselined {
  const entries = baseline.entries.map((entry) => ({ entry, matches: matcher(entry.scenario) }));
  const marked = results.map((result) => {
    const expected = entries
      .filter(
        ({ entry, matches }) =>
          matches(result.id) && result.findings.some(({ check }) => check === entry.check),
      )
      .map(({ entry }) => ({ check: entry.check, reason: entry.reason }));
    return expected.length === 0 ? result : withExpected(result, expected);
  });
  const stale = entries
    .filter(({ entry, matches }) =>
      isStale(
        entry,
        results.filter(({ id }) => matches(id)),
      ),
    )
    .map(({ entry }) => entry);
  return { results: marked, stale };
}

function withExpected(
  result: ScenarioResult,
  expected: NonNullable<ScenarioResult['expected']>,
): ScenarioResult {
  const isAllExpected = result.findings.every(({ check }) =>
    expected.some((entry) => entry.check === check),
  );
  const isViolation = result.exitCode === EXIT.violation;
  return { ...result, expected, ...(isAllExpected && isViolation && { exitCode: EXIT.ok }) };
}

/** Stale only where it was judged: an inconclusive scenario says nothing, and one that was left out neither. */
function isStale(entry: BaselineEntry, results: readonly ScenarioResult[]): boolean {
  const judged = results.filter(({ verdict }) => verdict === 'pass' || verdict === 'fail');
  return (
    judged.length > 0 &&
    judged.length === results.length &&
    !judged.some(({ findings }) => findings.some(({ check }) => check === entry.check))
  );
}

function matcher(pattern: string): (id: string) => boolean {
  return picomatch(pattern);
}

function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) return lines.linePos(start).line;
  }
  return 1;
}
