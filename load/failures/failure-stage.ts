/**
 * What failures are measured on: the reference gateway as a process of its own, in front of a struck
 * and a calm upstream, each behind its proxy. One endpoint serves both, and each has one of its own.
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

export type UpstreamName = 'struck' | 'calm';

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

interface Upstream {
  readonly fixture: CounterProcess;
  readonly proxy: UpstreamProxy;
}

export class FailureStage implements AsyncDisposable {
  readonly #struck: Upstream;
  readonly #gateway: RunningTarget;
  readonly #owned: AsyncDisposableStack;
  readonly #sink = new ScratchSink();

  /** @param ledgerDir an existing folder for the upstreams' ledgers. */
  static async open(ledgerDir: string, signal: AbortSignal): Promise<FailureStage> {
    await using owned = new AsyncDisposableStack();
    const tool = await findTool('toxiproxy', { signal });
    const toxiproxy = owned.use(await ToxiproxyServer.start(tool, signal));
    const open = async (name: UpstreamName): Promise<Upstream> => {
      const start = { ledgerFile: join(ledgerDir, `${name}.jsonl`), seed: 1, signal };
      const fixture = owned.use(await startCounter(name, {}, start));
      const spec = { name, upstreamPort: fixture.port };
      return { fixture, proxy: owned.use(await UpstreamProxy.create(toxiproxy, spec)) };
    };
    const struck = await open('struck');
    const calm = await open('calm');
    const upstreams = [struck, calm].map(({ fixture, proxy }) => ({
      name: fixture.name,
      url: `http://127.0.0.1:${proxy.port}${fixture.path}`,
    }));
    const gateway = owned.use(await PLAN.start({ upstreams }, signal));
    return new FailureStage(struck, gateway, owned.move());
  }

  private constructor(struck: Upstream, gateway: RunningTarget, owned: AsyncDisposableStack) {
    this.#struck = struck;
    this.#gateway = gateway;
    this.#owned = owned;
  }

  /** The upstream that is struck. */
  get fixture(): CounterProcess {
    return this.#struck.fixture;
  }

  /** Addresses that no client may be told. */
  get secrets(): readonly string[] {
    return ['127.0.0.1', 'localhost', ...[this.#struck.proxy.port, this.fixture.port].map(String)];
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
      upstreams: behind === 'several' ? ['struck', 'calm'] : [upstream],
      ...(toolsFrom !== undefined && { toolsFrom }),
    });
  }

  /** Resolves once the struck upstream is struck. */
  strike(fault: Fault): Promise<ActiveFault> {
    const { fixture, proxy } = this.#struck;
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
        return strikeNetwork(fixture.name, proxy, fault, this.#sink);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
