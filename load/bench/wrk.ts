/** One burst of load with wrk, on the core beside the gateway's, with every answer checked. */

import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { OwnError } from '../../harness/errors.ts';
import { OwnedProcess } from '../../harness/lifecycle/owned-process.ts';
import { dataFile } from '../../harness/paths.ts';
import { TOKEN } from './contenders.ts';
import type { Bench, RunningContender } from './running-contender.ts';
import { coreUse } from './cores.ts';
import { processorMs } from './processor-time.ts';

export type AnswerKind = 'json' | 'sse';

const TOOLS: Readonly<Record<AnswerKind, string>> = {
  json: 'increment',
  sse: 'increment_stream',
};

export interface Burst {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the gateway's process, for 1,000 requests; 0 without a gateway. */
  readonly cpuMsPerThousand: number;
  /** What others took of the gateway's core, from 0 to 1. */
  readonly disturbance: number;
}

/** What wrk may take beyond its duration. */
const GRACE_MS = 20_000;

/**
 * Calls without a pause on these sessions, one at a time on each.
 * @throws {OwnError} on any answer that is wrong, late or missing.
 */
export async function burst(
  target: RunningContender,
  ids: readonly string[],
  kind: AnswerKind,
  seconds: number,
  bench: Bench,
): Promise<Burst> {
  const { cores, folder, signal, tools } = bench;
  const file = join(folder, 'sessions.txt');
  await writeFile(file, `${ids.join('\n')}\n`);
  const names = target.contender.prefixes.map((prefix) => prefix + TOOLS[kind]);
  const load = ['-t1', `-c${ids.length}`, `-d${seconds}s`, '--timeout', '10s'];
  const script = ['-s', dataFile('load/bench/load.lua'), target.url, '--', file];
  const pinned = ['-c', String(cores.rest), tools.wrk.path];
  const pid = target.process?.pid;
  const before = {
    core: coreUse(cores.gateway),
    own: pid === undefined ? 0 : await processorMs(pid),
  };
  await using wrk = await OwnedProcess.spawn({
    name: 'wrk',
    file: tools.taskset.path,
    args: [...pinned, ...load, ...script, ...names, TOKEN],
  });
  const line = await wrk.line(
    seconds * 1000 + GRACE_MS,
    'a result',
    (text) => (text.startsWith('RESULT ') ? text : undefined),
    signal,
  );
  const cpuMs = pid === undefined ? 0 : (await processorMs(pid)) - before.own;
  const core = coreUse(cores.gateway);
  const totalMs = core.totalMs - before.core.totalMs;
  const othersMs = core.busyMs - before.core.busyMs - cpuMs;
  const { requests, perSecond, p50Ms, p99Ms } = resultOf(target.contender.name, line);
  const disturbance = Math.min(1, Math.max(0, othersMs / Math.max(1, totalMs)));
  return {
    requests,
    perSecond,
    p50Ms,
    p99Ms,
    cpuMsPerThousand: (cpuMs / requests) * 1000,
    disturbance,
  };
}

/** The script's line: requests, then microseconds, then what went wrong. */
export function resultOf(
  name: string,
  line: string,
): Pick<Burst, 'requests' | 'perSecond' | 'p50Ms' | 'p99Ms'> {
  const [requests = 0, tookUs = 0, p50 = 0, p99 = 0, errors = 0, wrong = 0] = line
    .split(' ')
    .slice(1, 7)
    .map(Number);
  if (errors > 0 || wrong > 0 || requests === 0) {
    const example = line.split(' ').slice(7).join(' ').trim();
    throw new OwnError(
      `${name} gave ${requests} answers, ${wrong} of them wrong${example && ` (${example})`}, and wrk saw ${errors} errors`,
    );
  }
  return { requests, perSecond: requests / (tookUs / 1e6), p50Ms: p50 / 1000, p99Ms: p99 / 1000 };
}
