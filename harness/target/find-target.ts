/** From what the user said to a target's plan: a name we know, a file, a command, or a URL. */

import { readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from '../errors.ts';
import { dataFile } from '../paths.ts';
import { DEFAULT_CLAIMS } from './claims.ts';
import { SpecPlan } from './plan.ts';
import { readTargetFile } from './target-file.ts';
import { DEFAULT_START_TIMEOUT_MS, type TargetSpec } from './target-spec.ts';
import { requireUsable } from './require-usable.ts';
import type { TargetPlan } from './target.ts';
import { splitWords } from './variables.ts';

export interface TargetChoice {
  /** A name of ours or a file. Default: "reference", unless there is a command or an endpoint. */
  readonly target?: string;
  readonly command?: string;
  readonly endpoint?: string;
  /** "Name: value" */
  readonly headers?: readonly string[];
  /** "NAME=Header: value" */
  readonly users?: readonly string[];
  /** Where the proxy of the only upstream listens; needed with an endpoint and no command. */
  readonly upstreamPort?: number;
  /** Variables that win over the file's: another `GATEWAY` for the reference target, say. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** @throws {UsageError} for what contradicts itself, and for unknown names with the known ones. */
export async function planFor(choice: TargetChoice): Promise<TargetPlan> {
  const spec = await specFor(choice);
  try {
    requireUsable(spec);
  } catch (cause) {
    // Flags are before the reader's eyes; of a file it must be said which one.
    if (!(cause instanceof UsageError) || choice.target === undefined) throw cause;
    throw new UsageError(`the target ${choice.target} cannot be used: ${cause.message}`, { cause });
  }
  return new SpecPlan(spec);
}

/** Names that `--target` takes. */
export async function knownTargets(): Promise<readonly string[]> {
  const files = await readdir(dataFile(FOLDER));
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

const FOLDER = 'fixtures/targets';

async function specFor(choice: TargetChoice): Promise<TargetSpec> {
  const { target, command, endpoint, upstreamPort } = choice;
  if (target !== undefined && (command !== undefined || endpoint !== undefined)) {
    throw new UsageError(
      '--target already says what to start: give no --command or --endpoint with it',
    );
  }
  if (command !== undefined && endpoint === undefined) {
    throw new UsageError("--command needs --endpoint, such as 'http://127.0.0.1:$PORT/mcp'");
  }
  if (endpoint !== undefined) {
    if (command === undefined && upstreamPort === undefined) {
      throw new UsageError(
        '--endpoint without --command needs --upstream-port: the port at which that gateway expects its upstream',
      );
    }
    if (!/^https?:\/\/./.test(endpoint)) {
      throw new UsageError(
        `--endpoint "${endpoint}" is no URL; write it like 'http://127.0.0.1:$PORT/mcp'`,
      );
    }
    return specOfFlags({ ...choice, endpoint });
  }
  if (target === undefined) refuseForNoTarget(choice);
  const spec = await readTargetFile(await findTargetFile(target ?? 'reference'));
  refuseForTarget(spec, choice);
  return {
    ...spec,
    headers: { ...spec.headers, ...headersFrom(choice.headers ?? []) },
    users: { ...spec.users, ...usersFrom(choice.users ?? []) },
    variables: { ...spec.variables, ...choice.variables },
    ...(upstreamPort !== undefined && { upstreamPort }),
  };
}

/** Without a target, the reference would be tested, and whoever gave these means another. */
function refuseForNoTarget({ headers, users, upstreamPort }: TargetChoice): void {
  const given = { header: headers, user: users, 'upstream-port': upstreamPort };
  const stray = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (stray === undefined) return;
  throw new UsageError(
    `--${stray} says nothing about which gateway: give --endpoint (and --command) or --target with it`,
  );
}

/** What would take effect on nothing, or lock out the users that the target was started with. */
function refuseForTarget(spec: TargetSpec, { users, upstreamPort }: TargetChoice): void {
  if (upstreamPort !== undefined && spec.command !== undefined) {
    throw new UsageError(
      `--upstream-port is for a gateway that runs already, and target ${spec.name} is started by its own command: leave it out`,
    );
  }
  const own = Object.keys(spec.users);
  if (users !== undefined && own.length > 0) {
    throw new UsageError(
      `target ${spec.name} brings its own users (${own.join(', ')}): give no --user with it`,
    );
  }
}

function specOfFlags(choice: TargetChoice & { readonly endpoint: string }): TargetSpec {
  const { command, endpoint, upstreamPort } = choice;
  const several = /UPSTREAM_URL_|UPSTREAM_ARGUMENTS/.test(command ?? '');
  return {
    name: command === undefined ? endpoint : programName(command),
    version: 'unknown',
    claims: { ...DEFAULT_CLAIMS, ...(several && { upstreams: 'many' as const }) },
    startTimeoutMs: DEFAULT_START_TIMEOUT_MS,
    lanes: 1,
    env: {},
    endpoint,
    headers: headersFrom(choice.headers ?? []),
    users: usersFrom(choice.users ?? []),
    variables: choice.variables ?? {},
    ...(command !== undefined && { command }),
    ...(upstreamPort !== undefined && { upstreamPort }),
  };
}

/** "$NODE build/gateway.js --port $PORT" → "gateway.js" */
function programName(command: string): string {
  return basename(splitWords(command).find((word) => !word.startsWith('$')) ?? command);
}

/** The file of a name that we know, or the file itself. */
export async function findTargetFile(target: string): Promise<string> {
  if (/\.ya?ml$/.test(target)) return target;
  const file = dataFile(`${FOLDER}/${target}.yaml`);
  if (/^[\w.-]+$/.test(target) && existsSync(file)) return file;
  const known = (await knownTargets()).join(', ');
  throw new UsageError(
    `unknown target "${target}": there are ${known}, and any file that ends in .yaml`,
  );
}

function headersFrom(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(line);
      if (match === null) throw new UsageError(`"${line}" is no header; write 'Name: value'`);
      return [match[1] ?? '', match[2] ?? ''];
    }),
  );
}

function usersFrom(texts: readonly string[]): TargetSpec['users'] {
  return Object.fromEntries(
    texts.map((text) => {
      const match = /^([\w.@-]+)=(.+)$/.exec(text);
      if (match === null) throw new UsageError(`"${text}" is no user; write 'NAME=Header: value'`);
      return [match[1] ?? '', { headers: headersFrom([match[2] ?? '']) }];
    }),
  );
}
