/** What the tests of resumption share: a gateway before an upstream whose answers are streams that the test writes. */

import { ConfigFile } from './config-file.ts';
import { FakeUpstream, type ToolCall } from './fake-upstream.ts';
import { GatewayProcess } from './gateway-process.ts';
import { WireClient } from './wire-client.ts';

type Bounds = Readonly<Record<string, number>>;

interface Pair {
  readonly upstream: FakeUpstream;
  readonly gateway: GatewayProcess;
}

export interface Scene extends Pair {
  readonly client: WireClient;
}

/** The scenes of a test file; all with the default bounds share one gateway. */
export class Scenes implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  #shared: Promise<Pair> | undefined;

  async set(bounds?: Bounds): Promise<Scene> {
    const pair = bounds === undefined ? (this.#shared ??= this.#start({})) : this.#start(bounds);
    const { upstream, gateway } = await pair;
    const client = await alice(gateway).open();
    upstream.received.length = 0;
    upstream.streams.clear();
    return { upstream, gateway, client };
  }

  async #start(streams: Bounds): Promise<Pair> {
    const upstream = this.#stack.use(await FakeUpstream.start());
    const users = ['alice', 'bob'].map((name) => ({ name, token: `token-of-${name}` }));
    const upstreams = [{ name: 'one', url: upstream.url }];
    const file = this.#stack.use(new ConfigFile({ upstreams, users, streams }));
    const gateway = await GatewayProcess.start('--config', file.path);
    return { upstream, gateway: this.#stack.use(gateway) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

export const alice = (gateway: GatewayProcess): WireClient =>
  new WireClient(gateway.url, 'token-of-alice');

/** A tool whose answer is a stream that the test writes. */
export function streaming(upstream: FakeUpstream): {
  readonly calls: ToolCall[];
  say: (n: number, call?: number) => void;
  answer: (call?: number) => void;
} {
  const calls: ToolCall[] = [];
  upstream.tool = (call) => {
    call.response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    calls.push(call);
  };
  const write = (index: number, message: unknown): void => {
    calls[index]?.response.write(`data: ${JSON.stringify(message)}\n\n`);
  };
  const say = (n: number, call = 0): void => {
    const params = { level: 'info', data: n };
    write(call, { jsonrpc: '2.0', method: 'notifications/message', params });
  };
  const answer = (call = 0): void => {
    const result = { content: [{ type: 'text', text: `answer ${call}` }] };
    write(call, { jsonrpc: '2.0', id: calls[call]?.received.id, result });
    calls[call]?.response.end();
  };
  return { calls, say, answer };
}

export const numbersOf = (messages: readonly Record<string, unknown>[]): readonly unknown[] =>
  messages.map((message) =>
    message['method'] === 'notifications/message'
      ? (message['params'] as { data: number }).data
      : message['id'],
  );

export const after = (id: string | undefined): { headers: Record<string, string> } => ({
  headers: { 'last-event-id': id ?? 'none' },
});

export const statusAfter = async (client: WireClient, id: string): Promise<number> =>
  (await client.start('GET', undefined, { 'last-event-id': id }).reply).status;
