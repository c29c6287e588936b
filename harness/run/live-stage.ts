/** The stage of one run of a scenario: its sessions, its faults and its receipts, on a lane. */

import type { Aim, Receipt } from '../fault/receipt.ts';
import type { Outcome } from '../history/event.ts';
import { EXPOSURE_TOLERANCE_MS } from '../history/exposure.ts';
import type { FactValues } from '../history/facts.ts';
import { tellsLoss } from '../history/loss.ts';
import type { Recorder } from '../history/recorder.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { DeadlineExceededError, until } from '../lifecycle/deadline.ts';
import type { Random } from '../random.ts';
import type { Claims } from '../target/claims.ts';
import type { RunningTarget } from '../target/target.ts';
import { connectSession } from '../wire/connect-session.ts';
import { getWithoutSession } from '../wire/get-without-session.ts';
import type { WireOptions } from '../wire/connect-options.ts';
import type { CallOptions, ClientSession } from '../wire/session.ts';
import type { Lane } from './lane.ts';
import type { ConnectOptions, Stage } from './stage.ts';
import type { UpstreamHandle } from './upstream-handle.ts';

export interface LiveStageOptions {
  readonly lane: Lane;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly claims: Claims;
  readonly users: readonly string[];
  readonly upstreams: readonly string[];
  readonly signal: AbortSignal;
  /** Begins every opId of this run of the scenario, so that late applications find their way home. */
  readonly opPrefix: string;
  upstream(name: string, aim?: Aim): UpstreamHandle;
  receipts(): readonly Receipt[];
}

export class LiveStage implements Stage {
  readonly target: RunningTarget;
  readonly claims: Claims;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly #options: LiveStageOptions;
  readonly #sessions: ClientSession[] = [];
  readonly #labels = new Map<string, number>();

  constructor(options: LiveStageOptions) {
    this.#options = options;
    this.target = options.lane.target;
    this.claims = options.claims;
    this.random = options.random;
    this.signal = options.signal;
  }

  // Arrow functions, because a scenario takes the stage apart: `run({ connect, together })`.

  readonly connect = async (options: ConnectOptions = {}): Promise<ClientSession> => {
    const user = this.#userOf(options.user);
    const label = this.#nextLabel(options.label ?? options.user ?? 'client');
    const { recorder, opPrefix, upstreams } = this.#options;
    const { client: kind = 'raw', protocolVersion, deadlineMs, toolsFrom } = options;
    const wire: WireOptions = {
      endpoint: this.target.endpoint,
      recorder,
      label,
      opPrefix,
      user,
      headersOf: (name) => this.target.headersOf(this.#userOf(name) ?? name),
      upstreams,
      ...(protocolVersion !== undefined && { protocolVersion }),
      ...(deadlineMs !== undefined && { deadlineMs }),
      ...(toolsFrom !== undefined && { toolsFrom }),
    };
    const session = await connectSession(wire, kind);
    this.#sessions.push(session);
    return session;
  };

  readonly connectMany = (
    count: number,
    options: ConnectOptions = {},
  ): Promise<readonly ClientSession[]> =>
    Promise.all(Array.from({ length: count }, () => this.connect(options)));

  readonly together = async (...work: readonly Promise<unknown>[]): Promise<void> => {
    await Promise.all(work);
  };

  readonly upstream = (name: string, aim?: Aim): UpstreamHandle =>
    this.#options.upstream(name, aim);

  readonly fact = <Name extends keyof FactValues>(name: Name, value: FactValues[Name]): void =>
    this.#options.recorder.fact(name, value);

  readonly until = <T>(
    withinMs: number,
    what: string,
    condition: () => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T> => until(withinMs, what, condition, this.signal);

  readonly eventually = async (
    withinMs: number,
    condition: () => boolean | Promise<boolean>,
  ): Promise<boolean> => {
    try {
      return await until(withinMs, 'what the target owes', condition, this.signal);
    } catch (error) {
      // Only its own deadline means that the target never did it.
      if (error instanceof DeadlineExceededError && !this.signal.aborted) return false;
      throw error;
    }
  };

  readonly getWithoutSession = (options: { readonly deadlineMs?: number } = {}): Promise<Outcome> =>
    getWithoutSession({
      endpoint: this.target.endpoint,
      recorder: this.#options.recorder,
      label: this.#nextLabel('nobody'),
      user: this.#userOf(undefined),
      headers: this.target.headersOf(this.#userOf(undefined)),
      ...options,
    });

  readonly settled = async (): Promise<void> => {
    const healed = this.#options.receipts().map((receipt) => receipt.healedAtMs ?? 0);
    const callsEndedMs = nowMs();
    const closesMs = Math.max(callsEndedMs, ...healed) + EXPOSURE_TOLERANCE_MS * REST_FACTOR;
    await this.until(
      EXPOSURE_TOLERANCE_MS * REST_FACTOR * 4,
      'the window of the last fault to close',
      () => nowMs() > closesMs,
    );
  };

  readonly goOn = async (
    session: ClientSession,
    options: CallOptions = {},
  ): Promise<ClientSession> => {
    await this.settled();
    const [first] = await session.increment(options);
    let current = session;
    if (first !== undefined && tellsLoss(first)) {
      // 404 ends the session; any other news of loss leaves it to go on afresh.
      if (first.status === 404) current = await this.connect(asUser(session));
      await current.increment(options);
    }
    await current.get(options);
    return current;
  };

  /** Ends what the scenario left open. The history is closed by then, so nothing of this is judged. */
  async close(): Promise<void> {
    const isRunning = !this.target.hasExited;
    await Promise.allSettled(
      this.#sessions.map(async (session) => {
        if (isRunning && session.isOpen) await session.delete({ deadlineMs: GOODBYE_MS });
        await session[Symbol.asyncDispose]();
      }),
    );
  }

  /** Scenarios say "alice" and "bob"; the target has users of its own, in order. */
  #userOf(role: string | undefined): string | undefined {
    const { users } = this.#options;
    if (role === undefined) return users[0];
    if (users.includes(role)) return role;
    const index = ROLES.indexOf(role);
    return users[index < 0 ? 0 : index % Math.max(1, users.length)];
  }

  #nextLabel(stem: string): string {
    const number = (this.#labels.get(stem) ?? 0) + 1;
    this.#labels.set(stem, number);
    return `${stem}/${number}`;
  }
}

/** How long a DELETE may take that is only good manners, in milliseconds. */
const GOODBYE_MS = 1_000;
/** A busy machine may be late to tell the target that a socket was closed: rest for longer than the window. */
const REST_FACTOR = 5;
const ROLES = ['alice', 'bob'];

function asUser(session: ClientSession): ConnectOptions {
  return session.user === undefined ? {} : { user: session.user };
}
