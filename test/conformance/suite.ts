/**
 * Runs the official suite as its own program and reads the outcome of each of its checks from the
 * files that it leaves. The requirements of one revision are frozen by the suite itself.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SUITE = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'));
/** What the gateway speaks up to. */
const REVISION = '2025-11-25';
const DEADLINE_MS = 60_000;

/** "scenario check" to its statuses, in the order in which the suite took them; notes left out. */
export type Outcomes = ReadonlyMap<string, readonly string[]>;

interface Check {
  readonly id: string;
  readonly status: string;
}

async function run(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [SUITE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  await once(child, 'close');
  clearTimeout(deadline);
  if (child.signalCode !== null) throw new Error(`the suite did not end in time:\n${said}`);
  return said;
}

async function outcomes(folder: string): Promise<Outcomes> {
  const found = new Map<string, readonly string[]>();
  for (const name of await readdir(folder)) {
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '');
    const text = await readFile(join(folder, name, 'checks.json'), 'utf8');
    const notes = new Map<string, readonly string[]>();
    for (const { id, status } of JSON.parse(text) as readonly Check[]) {
      const key = `${scenario} ${id}`;
      notes.set(key, [...(notes.get(key) ?? []), status]);
    }
    for (const [key, statuses] of notes) {
      if (statuses.some((status) => status !== 'INFO')) found.set(key, statuses);
    }
  }
  return found;
}

async function inFolder(args: (folder: string) => readonly string[]): Promise<Outcomes> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  try {
    const said = await run(args(folder));
    const found = await outcomes(folder);
    if (found.size === 0) throw new Error(`the suite checked nothing:\n${said}`);
    return found;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the suite's clients find at that endpoint: all that the revision requires, and the new. */
export function serverSuite(url: string): Promise<Outcomes> {
  return inFolder((out) => ['server', '--url', url, '--requirements', REVISION, '-o', out]);
}

/** What one of the suite's servers finds when `command` is started with its URL. */
export function clientScenario(scenario: string, command: string): Promise<Outcomes> {
  const about = ['--scenario', scenario, '--spec-version', REVISION];
  return inFolder((out) => ['client', '--command', command, ...about, '-o', out]);
}

/** A pause that was slightly too long, which the suite calls acceptable: so it is on a busy machine. */
const MAY_BE_LATE = 'sse-retry client-sse-retry-timing';

export function passed(found: Outcomes): readonly string[] {
  return [...found.keys()].filter((key) => hasPassed(key, found));
}

function hasPassed(key: string, found: Outcomes): boolean {
  const good = ['SUCCESS', 'INFO', ...(key === MAY_BE_LATE ? ['WARNING'] : [])];
  return found.get(key)?.every((status) => good.includes(status)) === true;
}

/** What passes on the direct connection and not through the gateway, with what it became. */
export function lostBetween(direct: Outcomes, through: Outcomes): Record<string, string> {
  const lost = passed(direct).filter((key) => !hasPassed(key, through));
  return Object.fromEntries(lost.map((key) => [key, through.get(key)?.join(' ') ?? 'MISSING']));
}
