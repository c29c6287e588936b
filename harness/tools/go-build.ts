/**
 * Builds a tool from the committed tools module. Everything it links is pinned by go.sum; where the modules come from
 * is the business of the machine's own Go settings.
 */

import { spawn } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nowMs } from '../lifecycle/clock.ts';
import { within } from '../lifecycle/deadline.ts';
import { dataFile } from '../paths.ts';
import { buildLock } from './build-lock.ts';
import type { PinnedTool } from './pinned-tool.ts';
import { cachedFile, cachedFolder } from './tool-cache.ts';
import { askVersion } from './tool-version.ts';

/** Two cores need about a minute for both, a cold module cache included. */
const BUILD_WITHIN_MS = 900_000;
const LAST_LINES = 3;
const STILL_BUILDING_EVERY_MS = 30_000;

export interface BuildOptions {
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Builds into the cache and returns the file. @throws with the compiler's last lines. */
export async function buildWithGo(
  tool: PinnedTool,
  cacheFolder: string,
  { progress, signal }: BuildOptions,
): Promise<string> {
  const file = cachedFile(cacheFolder, tool);
  const folder = cachedFolder(cacheFolder, tool);
  await mkdir(cacheFolder, { recursive: true });
  await using owned = new AsyncDisposableStack();
  const waiting = (pid: number): void =>
    progress(`waiting for process ${pid}, which is building ${tool.name}`);
  owned.use(await buildLock(`${folder}.lock`, waiting, signal));
  if (await isGood(tool, file)) return file;
  progress(`building ${tool.name} ${tool.version} with Go, once, into ${cacheFolder}`);
  const startedMs = nowMs();
  const unfinished = `${folder}.${process.pid}.unfinished`;
  owned.defer(() => rm(unfinished, { recursive: true, force: true }));
  const program = join(unfinished, tool.executable);
  const elapsedSeconds = (): number => Math.round((nowMs() - startedMs) / 1000);
  const stillBuilding = setInterval(
    () => progress(`still building ${tool.name}, ${elapsedSeconds()} s so far`),
    STILL_BUILDING_EVERY_MS,
  );
  owned.defer(() => clearInterval(stillBuilding));
  await compile(tool, program, signal);
  const answer = await askVersion(tool, program);
  if (!('version' in answer) || answer.version !== tool.version) {
    const said = 'version' in answer ? `says it is ${answer.version}` : answer.failure;
    throw new Error(`what Go built ${said}`);
  }
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
  progress(`built ${tool.name} in ${elapsedSeconds()} s`);
  return file;
}

async function isGood(tool: PinnedTool, file: string): Promise<boolean> {
  const answer = await askVersion(tool, file);
  return 'version' in answer && answer.version === tool.version;
}

async function compile(
  tool: PinnedTool,
  output: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=${tool.linkerFlags}`];
  const child = spawn('go', ['build', ...flags, '-o', output, tool.goPackage], {
    cwd: dataFile('harness/tools/go'),
    // Without cgo the program is static: it needs no C compiler and also runs in an empty container.
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lines.push(...text.split('\n').filter((line) => line.trim() !== ''));
    lines.splice(0, lines.length - LAST_LINES);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  try {
    const code = await within(BUILD_WITHIN_MS, `go build of ${tool.name}`, ended, signal);
    if (code !== 0) throw new Error(`go build failed: ${lines.join(' | ') || `exit ${code}`}`);
  } catch (error) {
    child.kill('SIGINT');
    throw error;
  }
}
