/**
 * A schedule carried out against models of everything, in one thread and in virtual time. It leaves
 * what a real run leaves, so that the same judge looks at it. It tries judge and generator by the
 * thousand, and it shrinks; a verdict on a target it never gives.
 */

import { CHECKS } from '../checks/index.ts';
import type { Receipt } from '../fault/receipt.ts';
import { Recorder } from '../history/recorder.ts';
import { randomFrom } from '../random.ts';
import type { Recorded } from '../run/recorded.ts';
import type { Schedule, ScheduledFault, ScheduledOperation } from '../schedule/schedule.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';
import { ARRIVED_MS, ClientModel, type Issue } from './client-model.ts';
import { GatewayModel } from './gateway-model.ts';
import { plant, type ModelDefect } from './model-defects.ts';
import { UpstreamModel } from './upstream-model.ts';
import { VirtualTime } from './virtual-time.ts';

/** Before the liveness phase and between its calls: whatever is due anywhere is there by then. */
const REST_MS = 1_500;

/** The same schedule, seed and defect leave the same record. */
export function simulate(schedule: Schedule, seed: number, defect?: ModelDefect): Recorded {
  return new Simulation(schedule, seed, defect).run();
}

class Simulation {
  readonly #schedule: Schedule;
  readonly #time: VirtualTime;
  readonly #upstreams: readonly UpstreamModel[];
  readonly #clients: readonly ClientModel[];
  readonly #recorder = new Recorder();
  readonly #receipts: Receipt[] = [];

  constructor(schedule: Schedule, seed: number, defect?: ModelDefect) {
    this.#schedule = schedule;
    const time = new VirtualTime(randomFrom(seed, 'simulation'));
    const names = ['first', 'second'].slice(0, schedule.upstreams);
    this.#upstreams = names.map((name) => new UpstreamModel(name, time));
    const gateway = new GatewayModel(time, this.#upstreams);
    if (defect !== undefined) plant(defect, gateway);
    const world = { time, gateway, recorder: this.#recorder };
    this.#clients = schedule.sessions.map(
      ({ user }) => new ClientModel(user === 1 ? 'bob' : 'alice', world),
    );
    this.#time = time;
  }

  run(): Recorded {
    const all = [...this.#schedule.operations.entries()];
    for (const [session, client] of this.#clients.entries()) {
      this.#live(
        client,
        all.filter(([, operation]) => operation.session === session),
      );
    }
    this.#time.run();
    // Who is told of a loss by the first of them works again from the second one on.
    for (const kind of ['increment', 'increment', 'get'] as const) {
      for (const upstream of this.#upstreams.keys())
        this.#everybody({ kind, upstream, executionMs: 0 });
    }
    return {
      scenario: 'simulated',
      claims: { ...DEFAULT_CLAIMS, upstreams: this.#upstreams.length > 1 ? 'many' : 'one' },
      checks: CHECKS.map(({ id }) => id),
      operationsMin: 1,
      events: this.#recorder.events,
      issued: this.#recorder.issued,
      ledger: this.#upstreams.flatMap(({ ledger }) => ledger),
      receipts: this.#receipts,
      noise: { lagMaxMs: 0, probeMaxMs: 0 },
    };
  }

  /** One session's operations, each so long after the one before it began. */
  #live(
    client: ClientModel,
    [next, ...rest]: readonly (readonly [number, ScheduledOperation])[],
  ): void {
    if (next === undefined) return;
    const [index, operation] = next;
    const faults = this.#schedule.faults.filter((fault) => fault.operation === index);
    const idle = faults.filter(({ phase }) => phase === 'idle');
    this.#time.after(operation.gapMs, () => {
      this.#time.after(Math.max(0, ...idle.map((fault) => this.#strike(fault))), () => {
        client.issue(operation);
        for (const fault of faults.filter((one) => !idle.includes(one))) {
          this.#time.after(beginsMs(fault, operation.executionMs), () => this.#strike(fault));
        }
        this.#live(client, rest);
      });
    });
  }

  #everybody(operation: Issue): void {
    this.#time.after(REST_MS, () => {
      for (const client of this.#clients) client.issue(operation);
    });
    this.#time.run();
  }

  /** @returns how long until it is active, in milliseconds. */
  #strike(fault: ScheduledFault): number {
    const upstream = this.#upstreams[fault.upstream] as UpstreamModel;
    const receipt = receiptOf(fault, upstream.name, this.#time.nowMs, this.#receipts);
    this.#receipts.push(receipt);
    const waitMs = receipt.requestedAtMs - this.#time.nowMs;
    this.#time.after(waitMs, () => upstream.strike(fault));
    return waitMs + 1;
  }
}

/** From the sending of its operation, in milliseconds. */
function beginsMs({ phase }: ScheduledFault, executionMs: number): number {
  if (phase === 'sent') return 1;
  const share = { executing: 0.4, streaming: 0.8, after: 1, idle: 0 }[phase];
  return ARRIVED_MS * (phase === 'after' ? 2 : 1) + executionMs * share;
}

/** A fault strikes when the one before it on its upstream is healed. */
function receiptOf(
  { kind, durationMs }: ScheduledFault,
  upstream: string,
  nowMs: number,
  earlier: readonly Receipt[],
): Receipt {
  const before = earlier.findLast((receipt) => receipt.upstream === upstream);
  const atMs = Math.max(nowMs, before?.healedAtMs ?? 0) + 1;
  return {
    id: `f${earlier.length + 1}`,
    kind: kind === 'freeze' ? 'stop' : kind,
    upstream,
    requestedAtMs: atMs,
    acknowledgedAtMs: atMs,
    healedAtMs: atMs + durationMs,
    seen: ['simulated'],
  };
}
