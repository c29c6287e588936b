/**
 * What failures are measured on: the reference gateway as a process of its own, in front of a calm
 * upstream and one that is struck. That one it knows twice, directly and through Toxiproxy. One
 * endpoint serves all, and each has one of its own.
 */

import { join } from 'node:path';
import type { ActiveFault } from '../../harness/fault/active-fault.ts';
import { ScratchSink } from '../../harness/fault/scratch-sink.ts';
import { strikeFixture } from '../../harness/fault/strike-fixture.ts';
import { strikeNetwork } from '../../harness/fault/strike-network.ts';
import { strikeFreeze, strikeKill } from '../../harness/fault/strike-process.ts';
import { ToxiproxyServer } from '../../harness/fault/toxiproxy.ts';
import { UpstreamProxy } from '../../harness/fault/upstream-proxy.ts';
import { startCounter, type CounterProcess } from '../../harness/fixture/counter-process.ts';
import type { Recorder } from '../../harness/history/recorder.ts';
import { DEFAULT_CLAIMS } from '../../harness/target/claims.ts';
import { SpecPlan } from '../../harness/target/plan.ts';
import type { RunningTarget } from '../../harness/target/target.ts';
import { findTool } from '../../harness/tools/find-tool.ts';
import { connectRaw } from '../../harness/wire/connect-raw.ts';
import type { RawSession } from '../../harness/wire/raw-session.ts';
import type { Fault } from './upstream-failure.ts';
import { REQUEST_TIMEOUT_MS } from './upstream-failures.ts';

const UPSTREAMS = ['struck', 'proxied', 'calm'] as const;
export type UpstreamName = (typeof UPSTREAMS)[number];

const PLAN = new SpecPlan({
  name: 'reference',
  version: '$VERSION',
  claims: { ...DEFAULT_CLAIMS, upstreams: 'many', requestTimeoutMs: REQUEST_TIMEOUT_MS },
  command: `$NODE $GATEWAY --port $PORT $UPSTREAM_ARGUMENTS --request-timeout-ms ${REQUEST_TIMEOUT_MS}`,
  upstreamArguments: '--upstream $UPSTREAM_NAME=$UPSTREAM_URL',
  endpoint: 'http://127.0.0.1:$PORT',
  startTimeoutMs: 15_000,
  lanes: 1,
  env: {},
  headers: {},
  users: {},
  variables: {},
});

export interface ConnectOptions {
  readonly upstream: UpstreamName;
  /** Upstreams behind the endpoint. Default: that one alone. */
  readonly behind?: 'several' | undefined;
  /** Unique: it begins the opIds. */
  readonly label: string;
  readonly recorder: Recorder;
  /** A session of the same kind that knows the tools. */
  readonly toolsFrom?: RawSession | undefined;
}

export class FailureStage implements AsyncDisposable {
  /** The upstream that is struck. */
  readonly fixture: CounterProcess;
  readonly #proxy: UpstreamProxy;
  readonly #gateway: RunningTarget;
  readonly #owned: AsyncDisposableStack;
  readonly #sink = new ScratchSink();

  /** @param ledgerDir an existing folder for the upstreams' ledgers. */
  static async open(ledgerDir: string, signal: AbortSignal): Promise<FailureStage> {
    await using owned = new AsyncDisposableStack();
    const tool = await findTool('toxiproxy', { signal });
    const toxiproxy = owned.use(await ToxiproxyServer.start(tool, signal));
    const open = async (name: UpstreamName): Promise<CounterProcess> => {
      const start = { ledgerFile: join(ledgerDir, `${name}.jsonl`), seed: 1, signal };
      return owned.use(await startCounter(name, {}, start));
    };
    const struck = await open('struck');
    const calm = await open('calm');
    const spec = { name: 'proxied', upstreamPort: struck.port };
    const proxy = owned.use(await UpstreamProxy.create(toxiproxy, spec));
    const ports = { struck: struck.port, proxied: proxy.port, calm: calm.port };
    const upstreams = UPSTREAMS.map((name) => ({ name, url: urlOf(ports[name]) }));
    const gateway = owned.use(await PLAN.start({ upstreams }, signal));
    return new FailureStage(struck, proxy, gateway, owned.move());
  }

  private constructor(
    fixture: CounterProcess,
    proxy: UpstreamProxy,
    gateway: RunningTarget,
    owned: AsyncDisposableStack,
  ) {
    this.fixture = fixture;
    this.#proxy = proxy;
    this.#gateway = gateway;
    this.#owned = owned;
  }

  /** Addresses that no client may be told. */
  get secrets(): readonly string[] {
    return ['127.0.0.1', 'localhost', String(this.#proxy.port), String(this.fixture.port)];
  }

  connect({ upstream, behind, label, recorder, toolsFrom }: ConnectOptions): Promise<RawSession> {
    const path = behind === 'several' ? '/mcp' : `/servers/${upstream}/mcp`;
    return connectRaw({
      endpoint: new URL(path, this.#gateway.endpoint),
      recorder,
      label,
      opPrefix: '',
      user: undefined,
      headersOf: () => ({}),
      upstreams: behind === 'several' ? UPSTREAMS : [upstream],
      ...(toolsFrom !== undefined && { toolsFrom }),
    });
  }

  /** Resolves once the struck upstream is struck. */
  strike(fault: Fault): Promise<ActiveFault> {
    const { fixture } = this;
    switch (fault.kind) {
      case 'kill':
        return strikeKill(fixture, this.#sink);
      case 'stop':
        return strikeFreeze(fixture, this.#sink);
      case 'hang':
      case 'forget-sessions':
      case 'status':
      case 'silent-delete':
      case 'silent-ping':
      case 'silent-sessions':
        return strikeFixture(fixture, fault, this.#sink);
      default:
        return strikeNetwork(fixture.name, this.#proxy, fault, this.#sink);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}/mcp`;
}
