/**
 * Finds what the benchmark needs of the machine: nginx, wrk and taskset, at whatever version it has,
 * because a comparison is made within one run; the version goes into the result.
 */

import { spawnSync } from 'node:child_process';
import { OwnError, UsageError } from '../../harness/errors.ts';
import { isExecutable, searchPath } from '../../harness/tools/search-path.ts';

export interface SystemTool {
  readonly path: string;
  readonly version: string;
}

interface Wanted {
  readonly name: string;
  readonly pathVariable: string;
  readonly versionFlag: string;
  readonly versionPattern: RegExp;
}

/** Not on everyone's PATH, and nginx is there. */
const SYSTEM_FOLDER = '/usr/sbin';

const WANTED = {
  nginx: {
    name: 'nginx',
    pathVariable: 'MCP_GAUNTLET_NGINX',
    versionFlag: '-v',
    versionPattern: /nginx\/(\S+)/,
  },
  wrk: {
    name: 'wrk',
    pathVariable: 'MCP_GAUNTLET_WRK',
    versionFlag: '-v',
    versionPattern: /^wrk (\S+)/m,
  },
  taskset: {
    name: 'taskset',
    pathVariable: 'MCP_GAUNTLET_TASKSET',
    versionFlag: '--version',
    versionPattern: /([\d.]+)\s*$/m,
  },
} as const satisfies Readonly<Record<string, Wanted>>;

export type SystemTools = Readonly<Record<keyof typeof WANTED, SystemTool>>;

/**
 * All three.
 * @throws {UsageError} if a path in the environment is no program.
 * @throws {OwnError} if one is missing; the sentence says how to get it.
 */
export async function findSystemTools(): Promise<SystemTools> {
  const [nginx, wrk, taskset] = await Promise.all([
    find(WANTED.nginx),
    find(WANTED.wrk),
    find(WANTED.taskset),
  ]);
  const missing = [
    ...(nginx ? [] : ['nginx']),
    ...(wrk ? [] : ['wrk']),
    ...(taskset ? [] : ['taskset']),
  ];
  if (nginx && wrk && taskset) return { nginx, wrk, taskset };
  throw new OwnError(
    `the benchmark needs ${missing.join(' and ')}: apt-get install nginx wrk util-linux, ` +
      `or name the programs in ${missing.map((name) => WANTED[name as 'wrk'].pathVariable).join(' and ')}`,
  );
}

async function find(wanted: Wanted): Promise<SystemTool | undefined> {
  const explicit = process.env[wanted.pathVariable];
  if (explicit !== undefined && !(await isExecutable(explicit))) {
    throw new UsageError(`${wanted.pathVariable}: ${explicit} is no program`);
  }
  const elsewhere = `${SYSTEM_FOLDER}/${wanted.name}`;
  const found = explicit ?? (await searchPath(wanted.name))[0];
  const path = found ?? ((await isExecutable(elsewhere)) ? elsewhere : undefined);
  return path === undefined ? undefined : { path, version: versionOf(path, wanted) };
}

function versionOf(path: string, { versionFlag, versionPattern }: Wanted): string {
  // Each of them prints it to another place, and wrk ends with 1 after it.
  const { stdout, stderr } = spawnSync(path, [versionFlag], { encoding: 'utf8', timeout: 20_000 });
  return versionPattern.exec(`${stdout}\n${stderr}`)?.[1] ?? 'unknown';
}
