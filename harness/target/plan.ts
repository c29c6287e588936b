/** A target's plan carried out: how each of its instances starts, whatever told us so. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnError, TargetNotReadyError, UsageError } from '../errors.ts';
import { until } from '../lifecycle/deadline.ts';
import { releasePort } from '../lifecycle/free-port.ts';
import { OwnedProcess, describeExit } from '../lifecycle/owned-process.ts';
import { tcpProbe } from '../lifecycle/tcp-probe.ts';
import { packageRoot } from '../paths.ts';
import { toolCacheFolder } from '../tools/tool-cache.ts';
import { EndpointTarget } from './endpoint-target.ts';
import {
  instanceVariables,
  sharedVariables,
  type InstanceVariables,
} from './instance-variables.ts';
import { logTail } from './log-tail.ts';
import { SpawnedTarget } from './spawned-target.ts';
import type { ProvisionContext, Provisioned } from './target-module.ts';
import type { TargetSpec } from './target-spec.ts';
import type { RunningTarget, TargetPlan, TargetSettings } from './target.ts';
import { expand, expandCommand } from './variables.ts';
import type { Claims } from './claims.ts';

export class SpecPlan implements TargetPlan {
  readonly name: string;
  readonly version: string;
  readonly claims: Claims;
  readonly startTimeoutMs: number;
  readonly users: readonly string[];
  readonly lanes: number;
  readonly secrets: readonly string[];
  readonly upstreamPort?: number;
  readonly #spec: TargetSpec;
  #prepared: Promise<Readonly<Record<string, string>>> | undefined;

  constructor(spec: TargetSpec) {
    this.#spec = spec;
    this.name = spec.name;
    this.version = expand(spec.version, {
      values: { ...sharedVariables(), ...spec.variables },
      lists: {},
    });
    this.claims = spec.claims;
    this.startTimeoutMs = spec.startTimeoutMs;
    this.users = Object.keys(spec.users);
    this.lanes = spec.lanes;
    const headers = [spec.headers, ...Object.values(spec.users).map((user) => user.headers)];
    this.secrets = [
      ...new Set(headers.flatMap((values) => Object.values(values).flatMap(secretsIn))),
    ];
    if (spec.upstreamPort !== undefined) this.upstreamPort = spec.upstreamPort;
  }

  async prepare(signal: AbortSignal, progress: (line: string) => void): Promise<void> {
    this.#prepared ??= this.#prepareOnce(signal, progress);
    await this.#prepared;
  }

  async #prepareOnce(
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<Readonly<Record<string, string>>> {
    const { name, version } = this;
    const { module, folder = packageRoot, variables } = this.#spec;
    if (module?.prepare === undefined) return {};
    const cacheDir = await toolCacheFolder();
    if (cacheDir === undefined) {
      throw new OwnError(
        `target ${name} must be installed, and there is no folder to install it in: set MCP_GAUNTLET_CACHE to one that can be written`,
      );
    }
    const context = { name, version, folder, cacheDir, variables, signal, progress };
    try {
      return await module.prepare(context);
    } catch (error) {
      signal.throwIfAborted();
      throw new OwnError(`target ${name} cannot be installed: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  async start(settings: TargetSettings, signal: AbortSignal): Promise<RunningTarget> {
    if (settings.upstreams.length > 1 && this.claims.upstreams === 'one') {
      throw new OwnError(`target ${this.name} serves one upstream and was given several`);
    }
    await this.prepare(signal, () => undefined);
    if (this.#spec.command === undefined) return this.#reach(signal);
    const instanceDir = await mkdtemp(join(tmpdir(), 'gauntlet-target-'));
    const started = new AsyncDisposableStack();
    started.defer(() => rm(instanceDir, { recursive: true, force: true }));
    try {
      const target = await this.#spawn(this.#spec.command, settings, instanceDir, started, signal);
      // From here on the target owns them.
      started.move();
      return target;
    } finally {
      await started.disposeAsync();
    }
  }

  async #reach(signal: AbortSignal): Promise<RunningTarget> {
    const endpoint = parseEndpoint(expand(this.#spec.endpoint, { values: {}, lists: {} }));
    await this.#accepts(endpoint, undefined, signal);
    return new EndpointTarget(endpoint, (user) => this.#headersOf(user, {}));
  }

  async #spawn(
    command: string,
    settings: TargetSettings,
    instanceDir: string,
    started: AsyncDisposableStack,
    signal: AbortSignal,
  ): Promise<RunningTarget> {
    const spec = this.#spec;
    const shared = { ...spec.variables, ...(await this.#prepared) };
    const builtIn = await instanceVariables(spec, settings, instanceDir, shared);
    started.defer(() => builtIn.ports.forEach(releasePort));
    const extra = await spec.module?.environment?.({
      name: this.name,
      version: this.version,
      settings,
      variables: builtIn.values,
      instanceDir,
    });
    const variables = { ...builtIn, values: { ...builtIn.values, ...extra?.variables } };
    const env = { ...expandAll(spec.env, variables), ...extra?.env };
    const child = await this.#run(expandCommand(command, variables), env, variables);
    started.use(child);
    const endpoint = parseEndpoint(expand(spec.endpoint, variables));
    await this.#accepts(endpoint, child, signal);
    const { values } = variables;
    const notes: string[] = [];
    const context = {
      endpoint,
      upstreams: settings.upstreams,
      variables: values,
      env,
      signal,
      log: (line: string) => void notes.push(line),
    };
    const provisioned = await this.#provision(context, child);
    const admin = spec.module?.admin?.(context);
    return new SpawnedTarget({
      process: child,
      endpoint: provisioned.endpoint ?? endpoint,
      ports: builtIn.ports,
      instanceDir,
      notes,
      headersOf: (user) => ({ ...this.#headersOf(user, values), ...provisioned.headersOf?.(user) }),
      ...(admin !== undefined && { admin }),
    });
  }

  async #run(
    words: readonly string[],
    env: Readonly<Record<string, string>>,
    variables: InstanceVariables,
  ): Promise<OwnedProcess> {
    const [file = '', ...args] = words;
    const { cwd } = this.#spec;
    try {
      return await OwnedProcess.spawn({
        name: `target ${this.name}`,
        file,
        args,
        env,
        logLines: 2000,
        ...(cwd !== undefined && { cwd: expand(cwd, variables) }),
      });
    } catch (error) {
      throw new TargetNotReadyError(
        `target ${this.name}: ${file} cannot be started: ${(error as Error).message}`,
      );
    }
  }

  async #provision(context: ProvisionContext, child: OwnedProcess): Promise<Provisioned> {
    try {
      return (await this.#spec.module?.provision?.(context)) ?? {};
    } catch (error) {
      context.signal.throwIfAborted();
      throw new TargetNotReadyError(
        `target ${this.name} did not take its upstreams: ${(error as Error).message}${logTail(child.log)}`,
        { cause: error },
      );
    }
  }

  /** Waits until somebody listens there. */
  async #accepts(
    endpoint: URL,
    child: OwnedProcess | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const port = Number(endpoint.port || (endpoint.protocol === 'https:' ? 443 : 80));
    let last: string | undefined;
    try {
      await until(
        this.startTimeoutMs,
        `target ${this.name} to listen on ${endpoint.host}`,
        async () => {
          if (child?.exit !== undefined) throw new Error('it ended');
          last = await tcpProbe(port, endpoint.hostname);
          return last === undefined;
        },
        signal,
      );
    } catch (error) {
      signal.throwIfAborted();
      throw await this.#neverListened(endpoint, child, last ?? (error as Error).message);
    }
  }

  async #neverListened(
    endpoint: URL,
    child: OwnedProcess | undefined,
    last: string,
  ): Promise<TargetNotReadyError> {
    if (child?.exit !== undefined) {
      const log = logTail(await child.finalLog());
      return new TargetNotReadyError(
        `target ${this.name} ended with ${describeExit(child.exit)} before it listened on ${endpoint.host}${log}`,
      );
    }
    return new TargetNotReadyError(
      `target ${this.name} never listened on ${endpoint.host} within ${this.startTimeoutMs} ms (${last})${logTail(child?.log ?? [])}`,
    );
  }

  #headersOf(
    user: string | undefined,
    values: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> {
    const isAnonymous = user === undefined || this.users.length === 0;
    const own = isAnonymous ? {} : this.#spec.users[user]?.headers;
    if (own === undefined) throw new UsageError(`target ${this.name} has no user ${user}`);
    return expandAll({ ...this.#spec.headers, ...own }, { values, lists: {} });
  }
}

function expandAll(
  texts: Readonly<Record<string, string>>,
  variables: Parameters<typeof expand>[1],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, expand(text, variables)]),
  );
}

function parseEndpoint(text: string): URL {
  if (!URL.canParse(text)) throw new UsageError(`the endpoint "${text}" is no URL`);
  const url = new URL(text);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new UsageError(`the endpoint "${text}" is neither http nor https`);
}

/** "Bearer abc" also betrays "abc". */
function secretsIn(value: string): readonly string[] {
  const [, bare] = /^(?:Bearer|Basic)\s+(\S+)$/i.exec(value) ?? [];
  return bare === undefined ? [value] : [value, bare];
}
