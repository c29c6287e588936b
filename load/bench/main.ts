/**
 * `npm run bench`: the reference gateway beside nginx, a blind proxy, an SDK gateway and nothing, in
 * one run. Writes `docs/performance.md` and `docs/performance.json`; `--quick` shows in half a minute
 * that all of it works, and `--out FOLDER` writes both elsewhere. Exit 1 when a bar is not met, 2 when
 * that says nothing because the machine was busy with something else.
 */

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { HarnessError, UsageError } from '../../harness/errors.ts';
import { nowMs } from '../../harness/lifecycle/clock.ts';
import { dataFile } from '../../harness/paths.ts';
import { EXIT } from '../../harness/report/exit-codes.ts';
import { writeAtomically } from '../../harness/report/write-atomically.ts';
import { suiteVersion } from '../../harness/suite-version.ts';
import { barsOf } from './bars.ts';
import { twoCores } from './cores.ts';
import { measureGrowth, measureIdle } from './memory.ts';
import { performancePage } from './performance-page.ts';
import { FULL, QUICK, type Plan } from './plan.ts';

import { profileReference } from './profile.ts';
import { isQuiet } from './quiet.ts';
import type { BenchResult, Machine } from './result.ts';
import { startUpstream, type Bench } from './running-contender.ts';
import { measureSpeed } from './speed.ts';
import { findSystemTools, type SystemTools } from './system-tool.ts';

interface Options {
  readonly plan: Plan;
  /** The folder of the two files. */
  readonly out: string;
}

function options(): Options {
  try {
    const { values } = parseArgs({
      options: { quick: { type: 'boolean' }, out: { type: 'string' } },
    });
    const isQuick = values.quick === true;
    const usual = dataFile(isQuick ? '.gauntlet/bench' : 'docs');
    return { plan: isQuick ? QUICK : FULL, out: values.out ? resolve(values.out) : usual };
  } catch (error) {
    const sentence = (error as Error).message.split('. ')[0] ?? '';
    throw new UsageError(`${sentence}; npm run bench -- [--quick] [--out FOLDER]`);
  }
}

function machineOf(tools: SystemTools): Machine {
  const { version } = createRequire(import.meta.url)('undici/package.json') as { version: string };
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    node: process.versions.node,
    nginx: tools.nginx.version,
    wrk: tools.wrk.version,
    undici: version,
  };
}

async function measure({ plan }: Options, bench: Bench): Promise<BenchResult> {
  const startMs = nowMs();
  const startedAt = new Date().toISOString();
  await using upstream = await startUpstream(bench);
  const { url } = upstream;
  const speed = await measureSpeed(url, plan, bench);
  const idle = await measureIdle(url, plan, bench);
  const growth = await measureGrowth(url, plan, bench);
  const profile = await profileReference(url, plan, bench);
  return {
    suite: suiteVersion(),
    plan: plan.name,
    startedAt,
    durationSeconds: (nowMs() - startMs) / 1000,
    machine: machineOf(bench.tools),
    speed,
    idle,
    growth,
    profile,
    bars: barsOf({ speed, idle, growth }),
  };
}

async function run(signal: AbortSignal): Promise<number> {
  const chosen = options();
  const cores = twoCores();
  const tools = await findSystemTools();
  const folder = await mkdtemp(join(tmpdir(), 'gauntlet-bench-'));
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    const result = await measure(chosen, { cores, tools, folder, signal, progress });
    const notes = await readFile(dataFile('load/bench/notes.md'), 'utf8');
    const page = performancePage(result, notes);
    await mkdir(chosen.out, { recursive: true });
    await writeAtomically(join(chosen.out, 'performance.md'), page);
    const json = `${JSON.stringify(result, null, 2)}\n`;
    await writeAtomically(join(chosen.out, 'performance.json'), json);
    process.stdout.write(page);
    return exitCodeOf(result);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function exitCodeOf({ plan, bars, speed }: BenchResult): number {
  if (plan === 'quick' || bars.every(({ holds }) => holds)) return EXIT.ok;
  return isQuiet(speed) ? EXIT.violation : EXIT.inconclusive;
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => interruption.abort(new HarnessError(EXIT.interrupted, 'interrupted')));
}
try {
  process.exitCode = await run(interruption.signal);
} catch (error) {
  if (!(error instanceof HarnessError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
