/** Where the reference gateway's processor time goes, from Node's own sampling profiler. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OwnError } from '../../harness/errors.ts';
import { nowMs } from '../../harness/lifecycle/clock.ts';
import { REFERENCE } from './contenders.ts';
import type { Plan } from './plan.ts';
import type { Profile } from './result.ts';
import { RunningContender, type Bench } from './running-contender.ts';
import { Sessions } from './sessions.ts';
import { burst } from './wrk.ts';

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** In microseconds, from the sample before. */
  readonly timeDeltas: readonly number[];
  /** In microseconds of the machine's monotonic clock. */
  readonly startTime: number;
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

const FUNCTIONS_SHOWN = 15;
/** The first that fits the URL of a function's file. */
const AREAS: readonly (readonly [RegExp, string])[] = [
  [/\/node_modules\/undici\//, 'undici'],
  [/\/node_modules\/prom-client\//, 'prom-client'],
  [/\/node_modules\//, 'other packages'],
  [/\/gateway\//, 'the gateway itself'],
  [/^node:(?:_http|http|internal\/http)/, 'node:http'],
  [/^node:(?:net|internal\/(?:stream_base|net))/, 'node:net'],
  [/^node:(?:stream|internal\/streams|events|internal\/events)/, 'streams and events'],
  [/^node:/, 'the rest of Node'],
];
const NATIVE: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'native code outside of any function',
  '(idle)': 'idle',
  writev: 'writev (system call)',
  writeBuffer: 'write (system call)',
  writeLatin1String: 'write (system call)',
  writeUtf8String: 'write (system call)',
};

export async function profileReference(
  upstream: string,
  plan: Plan,
  bench: Bench,
): Promise<Profile> {
  bench.progress('profiling the reference gateway');
  const flags = ['--cpu-prof', `--cpu-prof-dir=${bench.folder}`];
  await using target = await RunningContender.start(REFERENCE, upstream, bench, flags);
  await using sessions = new Sessions(target.url, REFERENCE.prefixes);
  await sessions.open(plan.sessions[0] ?? 1);
  // What a start costs is no call's, and the first calls are compiled.
  await burst(target, sessions.ids, 'json', Math.max(1, plan.warmupSeconds), bench);
  const fromMs = nowMs();
  await burst(target, sessions.ids, 'json', plan.profileSeconds, bench);
  const toMs = nowMs();
  await target.stop();
  const file = (await readdir(bench.folder)).find((entry) => entry.endsWith('.cpuprofile'));
  if (file === undefined) throw new OwnError('the gateway left no CPU profile');
  const text = await readFile(join(bench.folder, file), 'utf8');
  return summarized(JSON.parse(text) as CpuProfile, fromMs, toMs);
}

/** From one time to another on the monotonic clock, in milliseconds; idle time is left out. */
export function summarized(
  { nodes, samples, timeDeltas, startTime }: CpuProfile,
  fromMs: number,
  toMs: number,
): Profile {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const areas = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  let nowUs = startTime;
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    const us = timeDeltas[index] ?? 0;
    nowUs += us;
    if (nowUs < fromMs * 1000 || nowUs > toMs * 1000) return;
    if (frame === undefined || frame.functionName === '(idle)') return;
    total += us;
    add(areas, areaOf(frame), us);
    add(functions, labelOf(frame), us);
  });
  return {
    areas: shares(areas, total),
    functions: shares(functions, total).slice(0, FUNCTIONS_SHOWN),
  };
}

function add(sums: Map<string, number>, key: string, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us);
}

function shares(sums: ReadonlyMap<string, number>, total: number): (readonly [string, number])[] {
  return [...sums].map(([key, us]) => [key, us / total] as const).toSorted((a, b) => b[1] - a[1]);
}

function areaOf({ functionName, url }: Frame): string {
  const native = url === '' ? NATIVE[functionName] : undefined;
  const area = AREAS.find(([pattern]) => pattern.test(url));
  return native ?? area?.[1] ?? 'native functions';
}

function labelOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName || '(anonymous)';
  const file = url.replace(/^.*\/(?=node_modules\/|gateway\/)/, '').replace('node_modules/', '');
  return file === '' ? name : `${name} (${file}:${lineNumber + 1})`;
}
