/** One run of the real k6: started, awaited, and everything that it wrote read back. */

import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OwnError } from '../harness/errors.ts';
import { nowMs } from '../harness/lifecycle/clock.ts';
import { within } from '../harness/lifecycle/deadline.ts';
import { disownGroup, ownGroup } from '../harness/lifecycle/group-registry.ts';
import { packageRoot, programFile } from '../harness/paths.ts';
import type { FoundTool, RunningTool } from '../harness/tools/found-tool.ts';
import type { LoadLine } from './k6/lib/lines.ts';
import { SETTINGS_VARIABLE, type LoadSettings } from './k6/lib/settings.ts';
import type { WallClock } from './load-evidence.ts';

/** All options but the one that k6 chooses its summary file by. */
export type K6Settings = Omit<LoadSettings, 'summaryFile'>;

/** Values of k6's own metrics by metric and statistic; durations in milliseconds. */
export type K6Summary = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface K6Outcome {
  readonly exitCode: number;
  readonly lines: readonly LoadLine[];
  readonly summary: K6Summary;
  readonly clock: WallClock;
  /** k6's self-contained report; absent for a run that k6 finds too short. */
  readonly dashboard?: string;
}

export interface K6Files {
  readonly console: string;
  readonly summary: string;
  readonly dashboard: string;
}

export function k6Files(folder: string): K6Files {
  return {
    console: join(folder, 'k6-users.jsonl'),
    summary: join(folder, 'k6-summary.json'),
    dashboard: join(folder, 'k6-dashboard.html'),
  };
}

/** Exit codes with which k6 has done its work: all well, and a threshold crossed. */
const WORKED = [0, 99];
const LOG_LINES_MAX = 50;
/** Beyond the users' own time: k6's start, its last answers and its report. */
const K6_GRACE_MS = 120_000;
/** k6's clock counts whole milliseconds. */
const WALL_GRAIN_MS = 1;

/** @throws {OwnError} if k6 does not do its work, with the last lines of its log. */
export async function runK6(
  tool: FoundTool,
  settings: K6Settings,
  folder: string,
  signal: AbortSignal,
): Promise<K6Outcome> {
  const files = k6Files(folder);
  // k6 appends to what a run before it left in the same folder, and that would be judged as this one's.
  for (const file of Object.values(files)) await rm(file, { force: true });
  const log: string[] = [];
  const offsetBefore = wallOffset();
  const running = await tool.start(argumentsFor(files), {
    env: environmentFor(files, settings),
    folders: [packageRoot, folder],
    onLine: (line) => {
      log.push(line);
      if (log.length > LOG_LINES_MAX) log.shift();
    },
  });
  const isOurs = tool.how !== 'container';
  if (isOurs) ownGroup(running.pid);
  const exitCode = await ended(running, settings.durationMs + K6_GRACE_MS, signal);
  if (isOurs) disownGroup(running.pid);
  if (exitCode === undefined || !WORKED.includes(exitCode)) {
    const how = exitCode === undefined ? 'by a signal' : `with code ${exitCode}`;
    throw new OwnError(`k6 ended ${how}: ${log.slice(-5).join('\n  ')}`);
  }
  const offsetAfter = wallOffset();
  return {
    exitCode,
    lines: linesOf(await readFile(files.console, 'utf8')),
    summary: await readSummary(files.summary),
    clock: {
      offsetMs: (offsetBefore + offsetAfter) / 2,
      uncertaintyMs: Math.abs(offsetAfter - offsetBefore) / 2 + WALL_GRAIN_MS,
    },
    ...(existsSync(files.dashboard) && { dashboard: files.dashboard }),
  };
}

async function ended(
  running: RunningTool,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  await using owned = running;
  const { code } = await within(timeoutMs, 'k6 to end', owned.exited, signal);
  return code ?? undefined;
}

function argumentsFor(files: K6Files): readonly string[] {
  return [
    'run',
    '--quiet',
    '--no-color',
    '--no-usage-report',
    '--log-format=raw',
    `--console-output=${files.console}`,
    programFile('load/k6/users'),
  ];
}

function environmentFor(files: K6Files, settings: K6Settings): Readonly<Record<string, string>> {
  const all: LoadSettings = { ...settings, summaryFile: files.summary };
  return {
    [SETTINGS_VARIABLE]: JSON.stringify(all),
    K6_NO_USAGE_REPORT: 'true',
    K6_WEB_DASHBOARD: 'true',
    // No server: only the file at the end.
    K6_WEB_DASHBOARD_PORT: '-1',
    K6_WEB_DASHBOARD_EXPORT: files.dashboard,
    K6_WEB_DASHBOARD_PERIOD: '1s',
  };
}

/** A line without its end was cut off with k6 itself; its user counts as not finished. */
export function linesOf(text: string): readonly LoadLine[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LoadLine);
}

async function readSummary(file: string): Promise<K6Summary> {
  const { metrics } = JSON.parse(await readFile(file, 'utf8')) as {
    readonly metrics: Readonly<Record<string, { readonly values: Record<string, number> }>>;
  };
  return Object.fromEntries(Object.entries(metrics).map(([name, { values }]) => [name, values]));
}

function wallOffset(): number {
  return Date.now() - nowMs();
}
