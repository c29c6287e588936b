/**
 * What an operator can count. The data path adds to plain numbers; prom-client reads them only when
 * someone scrapes, so a metric costs a call next to nothing.
 */

import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { Latency } from './latency.ts';

export interface Gauges {
  readonly downstreamSessions: () => number;
  readonly upstreamSessions: () => number;
  readonly callsInFlight: () => number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #bySum = new Map<Counter, () => void>();
  readonly #latency: Latency;
  readonly #failures: Counter<'reason'>;
  readonly #evictions: Counter<'reason'>;
  readonly #probes: Counter<'outcome'>;
  readonly #reloads: Counter<'outcome'>;
  readonly #refusals: Counter<'status'>;

  /** Requests of clients that reached the relay. */
  requests = 0;
  /** Requests that were handed an upstream session that was open already. */
  reuses = 0;
  /** Upstream sessions opened. */
  creates = 0;
  /** Upstream sessions that could not be ended and were left to the upstream. */
  abandoned = 0;

  constructor() {
    const registers = [this.#registry];
    const make = (name: string, help: string): Counter<'reason'> =>
      new Counter({ name, help, labelNames: ['reason'], registers });
    this.#failures = make(
      'gateway_failures_total',
      'Requests answered with an error of the gateway',
    );
    this.#evictions = make('gateway_evictions_total', 'Upstream sessions ended, by reason');
    this.#probes = new Counter({
      name: 'gateway_probes_total',
      help: 'Health probes of idle upstream sessions, by outcome',
      labelNames: ['outcome'],
      registers,
    });
    this.#reloads = new Counter({
      name: 'gateway_reloads_total',
      help: 'Attempts to take over a new configuration, by outcome',
      labelNames: ['outcome'],
      registers,
    });
    this.#refusals = new Counter({
      name: 'gateway_refusals_total',
      help: 'Requests of clients answered with an HTTP status that is no success',
      labelNames: ['status'],
      registers,
    });
    this.#latency = new Latency(
      'gateway_request_seconds',
      'From the request read to its answer written',
      this.#registry,
    );
    this.#sum('gateway_requests_total', 'Requests of clients', () => this.requests);
    this.#sum('gateway_upstream_reuses_total', 'Requests on an open session', () => this.reuses);
    this.#sum('gateway_upstream_creates_total', 'Upstream sessions opened', () => this.creates);
    this.#sum('gateway_orphans_total', 'Upstream sessions left behind', () => this.abandoned);
    collectDefaultMetrics({ register: this.#registry });
  }

  #sum(name: string, help: string, value: () => number): void {
    const counter = new Counter({ name, help, registers: [this.#registry] });
    this.#bySum.set(counter, () => {
      counter.reset();
      counter.inc(value());
    });
  }

  watch(gauges: Gauges): void {
    const make = (name: string, help: string, value: () => number): void => {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect: () => gauge.set(value()),
      });
    };
    make('gateway_downstream_sessions', 'Sessions of clients', gauges.downstreamSessions);
    make('gateway_upstream_sessions', 'Sessions with upstreams', gauges.upstreamSessions);
    make('gateway_calls_in_flight', 'Requests without an answer yet', gauges.callsInFlight);
  }

  answered(seconds: number): void {
    this.#latency.add(seconds);
  }

  failed(reason: string): void {
    this.#failures.inc({ reason });
  }

  evicted(reason: string): void {
    this.#evictions.inc({ reason });
  }

  probed(outcome: 'healthy' | 'silent' | 'lost' | 'error'): void {
    this.#probes.inc({ outcome });
  }

  reloaded(outcome: 'done' | 'refused'): void {
    this.#reloads.inc({ outcome });
  }

  refused(status: number): void {
    this.#refusals.inc({ status });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    for (const refresh of this.#bySum.values()) refresh();
    return this.#registry.metrics();
  }
}
