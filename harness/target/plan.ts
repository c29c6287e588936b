/** A target's plan carried out: how each of its instances starts, whatever told us so. */

import { OwnError, UsageError } from '../errors.ts';
import { packageRoot } from '../paths.ts';
import { toolCacheFolder } from '../tools/tool-cache.ts';
import type { Claims } from './claims.ts';
import { EndpointTarget } from './endpoint-target.ts';
import { sharedVariables } from './instance-variables.ts';
import { parseEndpoint } from './parse-endpoint.ts';
import { startInstance } from './start-instance.ts';
import type { TargetSpec } from './target-spec.ts';
import type { RunningTarget, TargetPlan, TargetSettings } from './target.ts';
import { expand, expandAll } from './variables.ts';
import { waitUntilListening } from './wait-until-listening.ts';

export class SpecPlan implements TargetPlan {
  readonly name: string;
  readonly version: string;
  readonly identity: string;
  readonly claims: Claims;
  readonly startTimeoutMs: number;
  readonly users: readonly string[];
  readonly lanes: number;
  readonly isStartedByUs: boolean;
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
    this.identity = identityOf(spec);
    this.claims = spec.claims;
    this.startTimeoutMs = spec.startTimeoutMs;
    this.users = Object.keys(spec.users);
    this.lanes = spec.lanes;
    this.isStartedByUs = spec.command !== undefined;
    const headers = [spec.headers, ...Object.values(spec.users).map((user) => user.headers)];
    this.secrets = [
      ...new Set(headers.flatMap((values) => Object.values(values).flatMap(secretsIn))),
    ];
    if (spec.upstreamPort !== undefined) {
      refuseOwnUpstream(spec.endpoint, spec.upstreamPort);
      this.upstreamPort = spec.upstreamPort;
    }
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
    const { command, variables } = this.#spec;
    if (command === undefined) return this.#reach(signal);
    return startInstance({
      spec: { ...this.#spec, version: this.version },
      command,
      settings,
      shared: { ...variables, ...(await this.#prepared) },
      headersOf: (user, values) => this.#headersOf(user, values),
      signal,
    });
  }

  async #reach(signal: AbortSignal): Promise<RunningTarget> {
    const { name, startTimeoutMs: timeoutMs } = this;
    const endpoint = parseEndpoint(expand(this.#spec.endpoint, { values: {}, lists: {} }));
    await waitUntilListening({ name, endpoint, timeoutMs, signal });
    return new EndpointTarget(endpoint, (user) => this.#headersOf(user, {}));
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

/** "node gw.js --port $PORT at http://127.0.0.1:$PORT/mcp", and which file says so. */
function identityOf({ command, endpoint, fileDigest }: TargetSpec): string {
  const where = command === undefined ? endpoint : `${command} at ${endpoint}`;
  return fileDigest === undefined ? where : `${where}, target file ${fileDigest}`;
}

/** "Bearer abc" also betrays "abc". */
function secretsIn(value: string): readonly string[] {
  const [, bare] = /^(?:Bearer|Basic)\s+(\S+)$/i.exec(value) ?? [];
  return bare === undefined ? [value] : [value, bare];
}

/** What listens there would be our own upstream, which passes every check without any gateway. */
function refuseOwnUpstream(endpoint: string, upstreamPort: number): void {
  if (!URL.canParse(endpoint)) return;
  const { hostname, port } = parseEndpoint(endpoint);
  if (!LOOPBACK.test(hostname) || Number(port) !== upstreamPort) return;
  throw new UsageError(
    `the endpoint ${endpoint} and --upstream-port ${upstreamPort} are one port, where our own upstream would listen: give the port of the gateway itself as endpoint`,
  );
}

const LOOPBACK = /^(?:localhost|127\..*|\[::1\])$/;
