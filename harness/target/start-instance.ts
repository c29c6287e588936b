/** Starts one instance of a target that has a command: its folder, its process, its upstreams. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TargetNotReadyError } from '../errors.ts';
import { releasePort } from '../lifecycle/free-port.ts';
import { OwnedProcess } from '../lifecycle/owned-process.ts';
import { instanceVariables, type InstanceVariables } from './instance-variables.ts';
import { logTail } from './log-tail.ts';
import { parseEndpoint } from './parse-endpoint.ts';
import { SpawnedTarget } from './spawned-target.ts';
import type { ProvisionContext, Provisioned } from './target-module.ts';
import type { TargetSpec } from './target-spec.ts';
import type { RunningTarget, TargetSettings } from './target.ts';
import { expand, expandAll, expandCommand } from './variables.ts';
import { waitUntilListening } from './wait-until-listening.ts';

type Headers = Readonly<Record<string, string>>;

export interface InstanceStart {
  /** With its version expanded. */
  readonly spec: TargetSpec;
  readonly command: string;
  readonly settings: TargetSettings;
  /** Variables that all instances share. */
  readonly shared: Readonly<Record<string, string>>;
  headersOf(user: string | undefined, variables: Readonly<Record<string, string>>): Headers;
  readonly signal: AbortSignal;
}

/** @throws {TargetNotReadyError} when it does not get as far as to know its upstreams; nothing is left of it then. */
export async function startInstance(start: InstanceStart): Promise<RunningTarget> {
  const instanceDir = await mkdtemp(join(tmpdir(), 'gauntlet-target-'));
  await using owned = new AsyncDisposableStack();
  owned.defer(() => rm(instanceDir, { recursive: true, force: true }));
  const variables = await variablesOf(start, instanceDir, owned);
  const { spec, settings, signal } = start;
  const { values, env } = variables;
  const child = owned.use(await run(start, variables));
  const endpoint = parseEndpoint(expand(spec.endpoint, variables));
  const { name, startTimeoutMs: timeoutMs } = spec;
  await waitUntilListening({ name, endpoint, process: child, timeoutMs, signal });
  const notes: string[] = [];
  const log = (line: string): void => void notes.push(line);
  const { upstreams } = settings;
  const context = { endpoint, upstreams, variables: values, env, signal, log };
  const provisioned = await provision(spec, context, child);
  const admin = spec.module?.admin?.(context);
  // From here on the target owns what it is made of.
  owned.move();
  return new SpawnedTarget({
    process: child,
    endpoint: provisioned.endpoint ?? endpoint,
    ports: variables.ports,
    instanceDir,
    notes,
    headersOf: (user) => ({ ...start.headersOf(user, values), ...provisioned.headersOf?.(user) }),
    ...(admin !== undefined && { admin }),
  });
}

interface Environment extends InstanceVariables {
  readonly env: Readonly<Record<string, string>>;
}

async function variablesOf(
  { spec, settings, shared }: InstanceStart,
  instanceDir: string,
  owned: AsyncDisposableStack,
): Promise<Environment> {
  const builtIn = await instanceVariables(spec, settings, instanceDir, shared);
  owned.defer(() => builtIn.ports.forEach(releasePort));
  const { name, version, module } = spec;
  const { values } = builtIn;
  const extra = await module?.environment?.({
    name,
    version,
    settings,
    variables: values,
    instanceDir,
  });
  const variables = { ...builtIn, values: { ...values, ...extra?.variables } };
  const own = { ...announced(variables.values), ...expandAll(spec.env, variables) };
  return { ...variables, env: { ...own, ...extra?.env } };
}

/** A gateway may take its port and its upstreams from the environment as well as from its arguments. */
function announced(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(values).filter(
    (name) => name === 'PORT' || /^UPSTREAM_URL(_|$)/.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, values[name] ?? '']));
}

async function run(start: InstanceStart, variables: Environment): Promise<OwnedProcess> {
  const { spec, command } = start;
  const [file = '', ...args] = expandCommand(command, variables);
  try {
    return await OwnedProcess.spawn({
      name: `target ${spec.name}`,
      file,
      args,
      env: variables.env,
      logLines: 2000,
      ...(spec.cwd !== undefined && { cwd: expand(spec.cwd, variables) }),
    });
  } catch (error) {
    throw new TargetNotReadyError(
      `target ${spec.name}: ${file} cannot be started: ${(error as Error).message}`,
    );
  }
}

async function provision(
  spec: TargetSpec,
  context: ProvisionContext,
  child: OwnedProcess,
): Promise<Provisioned> {
  try {
    return (await spec.module?.provision?.(context)) ?? {};
  } catch (error) {
    context.signal.throwIfAborted();
    throw new TargetNotReadyError(
      `target ${spec.name} did not take its upstreams: ${(error as Error).message}${logTail(child.log)}`,
      { cause: error },
    );
  }
}
