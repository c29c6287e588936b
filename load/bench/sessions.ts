/** MCP sessions for a benchmark: opened, used once, perhaps with a GET stream each, and ended. */

import { Pool, type Dispatcher } from 'undici';
import { OwnError } from '../../harness/errors.ts';
import { within } from '../../harness/lifecycle/deadline.ts';
import { TOKEN } from './contenders.ts';

/** How many are opened at a time; as many sockets stay open. */
const AT_ONCE = 10;
const ANSWER_MS = 30_000;
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: { sampling: {}, roots: { listChanged: true } },
    clientInfo: { name: 'bench', version: '1' },
  },
});
const INITIALIZED = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });

export class Sessions implements AsyncDisposable {
  readonly ids: string[] = [];
  readonly #url: URL;
  readonly #prefixes: readonly [string, string];
  readonly #calls: Pool;
  readonly #streams: Pool;

  constructor(url: string, prefixes: readonly [string, string]) {
    this.#url = new URL(url);
    this.#prefixes = prefixes;
    const options: Pool.Options = { headersTimeout: ANSWER_MS, bodyTimeout: 0 };
    this.#calls = new Pool(this.#url.origin, { ...options, connections: AT_ONCE });
    this.#streams = new Pool(this.#url.origin, options);
  }

  /** @throws {OwnError} when one is refused, with the answer. */
  async open(count: number, withStream = false): Promise<void> {
    let left = count;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await this.#openOne(withStream);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  /** DELETE for each. */
  async end(): Promise<void> {
    const ids = this.ids.splice(0);
    await Promise.all(ids.map((id) => this.#request('DELETE', id)));
  }

  async #openOne(withStream: boolean): Promise<void> {
    const { headers } = await this.#request('POST', undefined, INITIALIZE);
    const id = headers['mcp-session-id'];
    if (typeof id !== 'string') throw new OwnError('a session was opened without an id');
    // wrk's script takes turns by the place in this list, beginning with 1.
    const tool = `${this.#prefixes[(this.ids.push(id) % 2) as 0 | 1]}increment`;
    await this.#request('POST', id, INITIALIZED);
    const call = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: tool } };
    await this.#request('POST', id, JSON.stringify(call));
    if (withStream) await this.#listen(id);
  }

  async #request(
    method: 'POST' | 'DELETE',
    id: string | undefined,
    body: string | null = null,
  ): Promise<Dispatcher.ResponseData> {
    const response = await this.#calls.request({
      path: this.#url.pathname,
      method,
      headers: headersOf(id),
      body,
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) {
      throw new OwnError(`${method} was answered ${response.statusCode}: ${text.slice(0, 300)}`);
    }
    return response;
  }

  async #listen(id: string): Promise<void> {
    const options = { path: this.#url.pathname, method: 'GET', headers: headersOf(id) } as const;
    const asked = this.#streams.request(options);
    const { statusCode, body } = await within(ANSWER_MS, 'an event stream to open', asked);
    if (statusCode !== 200) throw new OwnError(`GET was answered ${statusCode}`);
    body.on('error', () => {});
    body.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#calls.destroy(), this.#streams.destroy()]);
  }
}

function headersOf(id: string | undefined): string[] {
  const [auth, accept] = [`Bearer ${TOKEN}`, 'application/json, text/event-stream'];
  const all = ['authorization', auth, 'content-type', 'application/json', 'accept', accept];
  return id === undefined
    ? all
    : [...all, 'mcp-session-id', id, 'mcp-protocol-version', '2025-11-25'];
}
