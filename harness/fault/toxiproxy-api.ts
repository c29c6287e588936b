/**
 * Toxiproxy's HTTP API, as far as we use it. Spoken directly: toxiproxy-node-client has no
 * timeouts, drops the reason of a refusal, and cannot read back which toxics a proxy has.
 */

import { z } from 'zod';
import { Deadline } from '../lifecycle/deadline.ts';

const proxySchema = z.object({
  name: z.string(),
  listen: z.string(),
  upstream: z.string(),
  enabled: z.boolean(),
  toxics: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      stream: z.enum(['upstream', 'downstream']),
      attributes: z.record(z.string(), z.number()),
    }),
  ),
});

export type ProxyState = z.infer<typeof proxySchema>;
export type ToxicState = ProxyState['toxics'][number];

const ANSWER_TIMEOUT_MS = 5000;

/** Every method rejects with a plain Error that names the request, within five seconds. */
export class ToxiproxyApi {
  readonly #origin: string;

  constructor(port: number) {
    this.#origin = `http://127.0.0.1:${port}`;
  }

  async version(): Promise<string> {
    return z.object({ version: z.string() }).parse(await this.#ask('GET', '/version')).version;
  }

  async list(): Promise<readonly ProxyState[]> {
    const proxies = await this.#ask('GET', '/proxies');
    return Object.values(z.record(z.string(), proxySchema).parse(proxies));
  }

  async read(name: string): Promise<ProxyState> {
    return proxySchema.parse(await this.#ask('GET', `/proxies/${name}`));
  }

  async create(proxy: Omit<ProxyState, 'toxics'>): Promise<void> {
    await this.#ask('POST', '/proxies', proxy);
  }

  async setEnabled(name: string, enabled: boolean): Promise<void> {
    await this.#ask('PATCH', `/proxies/${name}`, { enabled });
  }

  async remove(name: string): Promise<void> {
    await this.#ask('DELETE', `/proxies/${name}`);
  }

  /** Always with toxicity 1: anything less is drawn from a generator that nobody can seed. */
  async addToxic(name: string, toxic: ToxicState): Promise<void> {
    await this.#ask('POST', `/proxies/${name}/toxics`, { ...toxic, toxicity: 1 });
  }

  async removeToxic(name: string, toxic: string): Promise<void> {
    await this.#ask('DELETE', `/proxies/${name}/toxics/${toxic}`);
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const what = `Toxiproxy's answer to ${method} ${path}`;
    using deadline = new Deadline(ANSWER_TIMEOUT_MS, what);
    const response = await fetch(`${this.#origin}${path}`, {
      method,
      signal: deadline.signal,
      headers: { 'content-type': 'application/json', connection: 'close' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${what} was ${response.status} ${text.trim()}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
