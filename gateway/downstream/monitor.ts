/** What operators and their tools may read without a session: health, and metrics. */

import type { ServerResponse } from 'node:http';
import type { Metrics } from '../observe/metrics.ts';
import type { Relay } from '../relay/relay.ts';
import type { Catalog } from '../upstream/catalog.ts';
import type { Sessions } from './sessions.ts';

export interface MonitorDeps {
  readonly sessions: Sessions;
  readonly catalog: Catalog;
  readonly relay: Relay;
  readonly metrics: Metrics;
}

export class Monitor {
  readonly #deps: MonitorDeps;

  constructor(deps: MonitorDeps) {
    this.#deps = deps;
  }

  /** The process answers: it is alive. No sign that a client may come. */
  health(response: ServerResponse): void {
    const { catalog, relay, sessions } = this.#deps;
    this.#json(response, 200, {
      status: 'ok',
      sessions: sessions.size,
      callsInFlight: relay.inFlight,
      upstreams: catalog.all().map(({ name }) => name),
    });
  }

  /**
   * Whether new clients may come. Upstreams have no say: one that is down must not take the gateway
   * away from those who use another, and all of them down is told to each call better than by a proxy.
   */
  ready(response: ServerResponse, isReady: boolean): void {
    this.#json(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'draining' });
  }

  #json(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  async metrics(response: ServerResponse): Promise<void> {
    const text = await this.#deps.metrics.text();
    response.writeHead(200, { 'content-type': this.#deps.metrics.contentType });
    response.end(text);
  }
}
