/**
 * A schedule carried out on the real stage. Safety: every session issues its operations with their
 * gaps, each fault strikes when its operation reaches the phase it is to meet, and carries its own
 * end. Then everything is healed. Liveness: every session goes on and must work again. Nothing here
 * judges; what could not be met is said in the receipt.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Stage } from '../run/stage.ts';
import type { Schedule, ScheduledFault, ScheduledOperation } from '../schedule/schedule.ts';
import { FaultTurns } from './fault-turns.ts';
import type { OperationProgress } from './operation-progress.ts';
import { StormClient } from './storm-client.ts';
import { Tasks } from './tasks.ts';

/** In the order of a schedule's indices. */
export const STORM_UPSTREAMS = ['first', 'second'] as const;

/** How long a call may take when nothing is broken any more, in milliseconds. */
const LIVENESS_MS = 5_000;
/** Without a claimed request timeout, in milliseconds: longer than any fault of a schedule. */
const PATIENCE_MS = 6_000;
/** What a cancel or a DELETE has to reach the upstream, in milliseconds; see their checks. */
const FORWARDED_MS = 1_200;

export async function carryOut(schedule: Schedule, stage: Stage): Promise<void> {
  await new Carrying(schedule, stage).run();
}

class Carrying {
  readonly #schedule: Schedule;
  readonly #stage: Stage;
  readonly #tasks = new Tasks();
  readonly #faults: FaultTurns;
  readonly #clients: readonly StormClient[];
  readonly #upstreams: readonly string[];

  constructor(schedule: Schedule, stage: Stage) {
    this.#schedule = schedule;
    this.#stage = stage;
    this.#upstreams = STORM_UPSTREAMS.slice(0, schedule.upstreams);
    const nameOf = (upstream: number): string => this.#upstreams[upstream] ?? STORM_UPSTREAMS[0];
    this.#faults = new FaultTurns(stage, this.#tasks, nameOf);
    const { requestTimeoutMs } = stage.claims;
    // A target that claims a request timeout must have the time to keep it.
    const deadlineMs = requestTimeoutMs === undefined ? PATIENCE_MS : requestTimeoutMs * 2 + 2_000;
    this.#clients = schedule.sessions.map(
      ({ user }) =>
        new StormClient({
          stage,
          tasks: this.#tasks,
          user,
          deadlineMs,
          upstreamOf: ({ upstream }) => nameOf(upstream),
        }),
    );
  }

  async run(): Promise<void> {
    const [first, ...others] = this.#clients;
    // The first one asks for the tools; for the others their first call is the first.
    const known = await first?.connect();
    await Promise.all(others.map((client) => client.connect(known)));
    for (const [index, client] of this.#clients.entries()) {
      this.#tasks.start(() => this.#live(client, index));
    }
    await this.#tasks.ended();
    await this.#stage.settled();
    await Promise.all(this.#clients.map((client) => client.goOn(this.#upstreams, LIVENESS_MS)));
    await this.#forwarded();
    await Promise.all(
      this.#clients.map((client) => client.readFinally(this.#upstreams, LIVENESS_MS)),
    );
  }

  async #live(client: StormClient, session: number): Promise<void> {
    const { operations } = this.#schedule;
    // The first one's gap is counted from the beginning of the storm.
    let begunMs = performance.now();
    for (const [index, operation] of operations.entries()) {
      if (operation.session !== session) continue;
      await this.#gap(begunMs, operation);
      begunMs = performance.now();
      await this.#operate(client, operation, index);
    }
  }

  async #gap(begunMs: number, { gapMs }: ScheduledOperation): Promise<void> {
    const restMs = begunMs + gapMs - performance.now();
    if (restMs > 0) await pause(restMs, undefined, { signal: this.#stage.signal });
  }

  async #operate(client: StormClient, operation: ScheduledOperation, index: number): Promise<void> {
    const faults = this.#schedule.faults.filter((fault) => fault.operation === index);
    const idle = faults.filter(({ phase }) => phase === 'idle');
    const session = await client.connect();
    await Promise.all(idle.map((fault) => this.#faults.strike(fault, undefined)));
    const progress = session === undefined ? undefined : client.issue(operation, index, session);
    for (const fault of faults) if (!idle.includes(fault)) this.#strikeLater(fault, progress);
  }

  #strikeLater(fault: ScheduledFault, progress: OperationProgress | undefined): void {
    this.#tasks.start(() => this.#faults.strike(fault, progress));
  }

  /** Cancels and DELETEs that are still under way arrive before anybody looks for them. */
  async #forwarded(): Promise<void> {
    await this.#stage.eventually(FORWARDED_MS, async () => {
      const all = this.#upstreams.map((name) => this.#stage.upstream(name).ledger());
      const ledger = (await Promise.all(all)).flat();
      return this.#clients.every((client) => client.isForwarded(ledger));
    });
  }
}
