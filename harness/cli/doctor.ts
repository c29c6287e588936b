/**
 * What this machine has of what a run needs, and what a run would do about the rest. Looks, and changes nothing.
 * Only what the default run needs decides; Docker and Python are other ways and other targets.
 */

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { within } from '../lifecycle/deadline.ts';
import { lookForTool } from '../tools/find-tool.ts';
import { PINNED_TOOLS, type ToolName } from '../tools/pinned-tool.ts';
import { toolCacheFolder } from '../tools/tool-cache.ts';

const NODE_MAJOR = 24;
const ASK_WITHIN_MS = 10_000;
/** 1,000 users hold some four descriptors each in the gateway. */
const OPEN_FILES_MIN = 8192;

export interface Diagnosis {
  readonly lines: readonly string[];
  /** Whether the default run has, or can make, all it needs. */
  readonly ok: boolean;
}

interface Finding {
  readonly subject: string;
  readonly state: 'fine' | 'missing' | 'absent';
  readonly text: string;
}

const MARKS = { fine: '✓', missing: '✗', absent: '–' } as const;

export async function doctor(): Promise<Diagnosis> {
  const go = await askProgram('go', ['version']);
  const docker = await dockerVersion();
  const cache = await toolCacheFolder();
  const canMake = (go !== undefined && cache !== undefined) || docker !== undefined;
  const how =
    go !== undefined && cache !== undefined
      ? `it would be built with Go into ${cache}, once, in about a minute`
      : 'its container would be used';
  const findings: readonly Finding[] = [
    node(),
    await tool('toxiproxy', canMake ? how : undefined),
    await tool('k6', canMake ? how : undefined),
    optional('Go', go, 'not on PATH; only needed to build Toxiproxy and k6'),
    optional(
      'Docker',
      docker,
      'does not answer; only needed where Toxiproxy and k6 cannot be built',
    ),
    cache === undefined
      ? {
          subject: 'cache',
          state: 'absent',
          text: 'no folder can be written; set MCP_GAUNTLET_CACHE',
        }
      : { subject: 'cache', state: 'fine', text: cache },
    optional('/proc', procFolder(), 'absent; the leak checks are then not applicable'),
    openFiles(),
    { subject: 'cores', state: 'fine', text: String(availableParallelism()) },
    optional(
      'uv',
      await askProgram('uv', ['--version']),
      'not on PATH; only needed for ContextForge',
    ),
    optional('Python', await pythons(), 'no 3.11 or 3.12; only needed for ContextForge'),
  ];
  return {
    lines: findings.map(
      ({ subject, state, text }) => `${MARKS[state]} ${subject.padEnd(10)} ${text}`,
    ),
    ok: findings.every(({ state }) => state !== 'missing'),
  };
}

function node(): Finding {
  const isNewEnough = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;
  const text = `${process.versions.node}, ${process.execPath}`;
  return isNewEnough
    ? { subject: 'Node', state: 'fine', text }
    : { subject: 'Node', state: 'missing', text: `${text}: ${NODE_MAJOR} or newer is needed` };
}

async function tool(name: ToolName, otherwise: string | undefined): Promise<Finding> {
  const { version, executable, pathVariable } = PINNED_TOOLS[name];
  try {
    const { found, notes } = await lookForTool(name);
    const skipped = notes.map((note) => `; ${note}`).join('');
    if (found) {
      const text = `${version} from ${sourceName(found.how)}: ${found.path}${skipped}`;
      return { subject: name, state: 'fine', text };
    }
    if (otherwise !== undefined) {
      return {
        subject: name,
        state: 'fine',
        text: `${version} is not here yet: ${otherwise}${skipped}`,
      };
    }
    const ways = `install Go or start Docker, or put ${executable} ${version} on PATH, or name it in ${pathVariable}`;
    return { subject: name, state: 'missing', text: `${version} is not here: ${ways}${skipped}` };
  } catch (error) {
    return { subject: name, state: 'missing', text: (error as Error).message };
  }
}

function sourceName(how: string): string {
  return how === 'environment' || how === 'cache' ? `the ${how}` : how;
}

function optional(subject: string, found: string | undefined, otherwise: string): Finding {
  return found === undefined
    ? { subject, state: 'absent', text: otherwise }
    : { subject, state: 'fine', text: found };
}

function procFolder(): string | undefined {
  return existsSync('/proc/self/fd') ? 'readable' : undefined;
}

function openFiles(): Finding {
  const subject = 'open files';
  if (!existsSync('/proc/self/limits')) return { subject, state: 'absent', text: 'limit unknown' };
  const limit = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  const isEnough = limit === 'unlimited' || Number(limit) >= OPEN_FILES_MIN;
  const text = `${limit ?? 'unknown'} for each process`;
  return isEnough
    ? { subject, state: 'fine', text }
    : { subject, state: 'absent', text: `${text}; 1,000 users need about ${OPEN_FILES_MIN}` };
}

async function pythons(): Promise<string | undefined> {
  const found = await Promise.all(
    ['python3.11', 'python3.12'].map((name) => askProgram(name, ['--version'])),
  );
  const there = found.filter((version) => version !== undefined);
  return there.length === 0 ? undefined : there.join(', ');
}

async function dockerVersion(): Promise<string | undefined> {
  try {
    const { getContainerRuntimeClient } = await import('testcontainers');
    const client = await within(ASK_WITHIN_MS, 'Docker', getContainerRuntimeClient());
    const { serverVersion, operatingSystem } = client.info.containerRuntime;
    return `${serverVersion} on ${operatingSystem}`;
  } catch {
    return undefined;
  }
}

/** The first line that a program prints; undefined if it is not there or fails. */
function askProgram(file: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, [...args], { timeout: ASK_WITHIN_MS }, (error, stdout) => {
      resolve(error ? undefined : stdout.split('\n')[0]);
    });
  });
}
