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

  /** 503 while the gateway takes no new requests. */
  health(response: ServerResponse, isDraining: boolean): void {
    const { catalog, relay, sessions } = this.#deps;
    const health = {
      status: isDraining ? 'draining' : 'ok',
      sessions: sessions.size,
      callsInFlight: relay.inFlight,
      upstreams: catalog.all().map(({ name }) => name),
    };
    response.writeHead(isDraining ? 503 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(health));
  }

  async metrics(response: ServerResponse): Promise<void> {
    const text = await this.#deps.metrics.text();
    response.writeHead(200, { 'content-type': this.#deps.metrics.contentType });
    response.end(text);
  }
}
