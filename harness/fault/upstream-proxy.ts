/** The Toxiproxy proxy between one target instance and one fixture. Every change is read back. */

import { InstrumentLostError, OwnError, UsageError } from '../errors.ts';
import { until } from '../lifecycle/deadline.ts';
import { freePort, releasePort } from '../lifecycle/free-port.ts';
import { tcpProbe } from '../lifecycle/tcp-probe.ts';
import { WireWitness, witnessed } from './wire-witness.ts';
import type { ProxyState, ToxicState } from './toxiproxy-api.ts';
import type { ToxiproxyServer } from './toxiproxy.ts';

export interface ProxySpec {
  readonly name: string;
  /** Where the fixture listens. */
  readonly upstreamPort: number;
  /** Listen here and nowhere else: the target was told this port. */
  readonly listenPort?: number;
}

export interface ToxicSpec extends ToxicState {
  readonly type: 'latency' | 'timeout' | 'reset_peer' | 'limit_data' | 'slicer' | 'bandwidth';
}

/** A proxy that was down may fail to listen again for a moment. */
const ENABLE_TIMEOUT_MS = 5000;
const PORT_TRIES = 10;

export class UpstreamProxy implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly #server: ToxiproxyServer;
  readonly #target: string;
  readonly #ownsPort: boolean;
  #isRemoved = false;

  /** @throws {UsageError} when the port that it must have is taken. */
  static async create(server: ToxiproxyServer, spec: ProxySpec): Promise<UpstreamProxy> {
    for (let tries = 1; ; tries++) {
      const port = spec.listenPort ?? (await freePort());
      const proxy = new UpstreamProxy(server, spec, port);
      try {
        await proxy.#create();
        return proxy;
      } catch (error) {
        if (spec.listenPort === undefined) releasePort(port);
        if (error instanceof InstrumentLostError) throw error;
        if (spec.listenPort !== undefined) {
          throw new UsageError(
            `port ${port} is in use, so the upstream's proxy cannot listen there: free it, or give another --upstream-port`,
            { cause: error },
          );
        }
        if (tries === PORT_TRIES) throw error;
      }
    }
  }

  private constructor(server: ToxiproxyServer, spec: ProxySpec, port: number) {
    this.name = spec.name;
    this.port = port;
    this.#server = server;
    this.#target = `127.0.0.1:${spec.upstreamPort}`;
    this.#ownsPort = spec.listenPort === undefined;
  }

  /** Closes every connection and refuses new ones. @returns what confirmed it. */
  async disable(): Promise<readonly string[]> {
    using witness = await WireWitness.open(this.port);
    await this.#setEnabled(false);
    if ((await this.#read()).enabled) throw new OwnError(`proxy ${this.name} is still enabled`);
    const code = await tcpProbe(this.port);
    if (code === undefined) throw new OwnError(`proxy ${this.name} still accepts connections`);
    return [
      'the proxy reads back enabled=false',
      `a connection to it fails with ${code}`,
      ...(await witnessed(witness, 'a connection that was open')),
    ];
  }

  /** Sends a byte on a connection of its own, for a fault that ends those. @returns how it ended. */
  async probe(): Promise<readonly string[]> {
    using witness = await WireWitness.open(this.port);
    witness?.sendByte();
    return await witnessed(witness, 'a new connection');
  }

  async enable(): Promise<readonly string[]> {
    let last: unknown;
    try {
      await until(ENABLE_TIMEOUT_MS, `proxy ${this.name} to listen again`, async () => {
        try {
          await this.#setEnabled(true);
        } catch (error) {
          if (error instanceof InstrumentLostError) throw error;
          last = error;
          return false;
        }
        return (await this.#read()).enabled && (await tcpProbe(this.port)) === undefined;
      });
    } catch (error) {
      if (error instanceof InstrumentLostError) throw error;
      throw new OwnError(`proxy ${this.name} does not listen again`, { cause: last ?? error });
    }
    return ['the proxy reads back enabled=true', 'a connection to it succeeds'];
  }

  async addToxic(toxic: ToxicSpec): Promise<string> {
    await this.#server.ask(`add ${toxic.name} to ${this.name}`, (api) =>
      api.addToxic(this.name, toxic),
    );
    if (!(await this.#toxics()).includes(toxic.name)) {
      throw new OwnError(`toxic ${toxic.name} is not on proxy ${this.name}`);
    }
    return `the proxy reads back toxic ${toxic.type} ${JSON.stringify(toxic.attributes)} ${toxic.stream}`;
  }

  async removeToxic(name: string): Promise<string> {
    await this.#server.ask(`remove ${name} from ${this.name}`, (api) =>
      api.removeToxic(this.name, name),
    );
    if ((await this.#toxics()).includes(name)) {
      throw new OwnError(`toxic ${name} is still on proxy ${this.name}`);
    }
    return `the proxy reads back without toxic ${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    if (this.#ownsPort) releasePort(this.port);
    if (!this.#server.alive) return;
    await this.#server.ask(`remove proxy ${this.name}`, (api) => api.remove(this.name));
    const names = (await this.#server.proxies()).map((proxy) => proxy.name);
    if (names.includes(this.name)) throw new OwnError(`proxy ${this.name} survives its removal`);
  }

  async #create(): Promise<void> {
    await this.#server.ask(`create proxy ${this.name} on port ${this.port}`, (api) =>
      api.create({
        name: this.name,
        listen: `127.0.0.1:${this.port}`,
        upstream: this.#target,
        enabled: true,
      }),
    );
    const { enabled, listen } = await this.#read();
    if (!enabled || listen !== `127.0.0.1:${this.port}`) {
      throw new OwnError(`proxy ${this.name} reads back enabled=${enabled} listen=${listen}`);
    }
  }

  #setEnabled(enabled: boolean): Promise<void> {
    return this.#server.ask(`set ${this.name} enabled=${enabled}`, (api) =>
      api.setEnabled(this.name, enabled),
    );
  }

  async #toxics(): Promise<readonly string[]> {
    return (await this.#read()).toxics.map((toxic) => toxic.name);
  }

  #read(): Promise<ProxyState> {
    return this.#server.ask(`read ${this.name} back`, (api) => api.read(this.name));
  }
}
