/**
 * Sessions that a failure must not touch: each adds to its own counter, again and again, and knows
 * what the answer must be.
 */

import { Recorder } from '../../harness/history/recorder.ts';
import { nowMs } from '../../harness/lifecycle/clock.ts';
import { until } from '../../harness/lifecycle/deadline.ts';
import type { RawSession } from '../../harness/wire/raw-session.ts';
import type { FailureStage, UpstreamName } from './failure-stage.ts';

export interface Collateral {
  readonly calls: number;
  /** What was not answered as it should have been, a sentence each. */
  readonly errors: readonly string[];
  readonly slowestMs: number;
}

/** Each calls at most five times a second: they are company, not load. */
const PAUSE_MS = 200;
const ROUND_TIMEOUT_MS = 10_000;

class Neighbour {
  readonly #session: RawSession;
  readonly #errors: string[] = [];
  #calls = 0;
  #slowestMs = 0;
  #value = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(session: RawSession, firstAfterMs: number) {
    this.#session = session;
    this.#callAfter(firstAfterMs);
  }

  get calls(): number {
    return this.#calls;
  }

  /** Since the last time that it was asked. */
  take(): Collateral {
    const taken = {
      calls: this.#calls,
      errors: this.#errors.splice(0),
      slowestMs: this.#slowestMs,
    };
    this.#calls = 0;
    this.#slowestMs = 0;
    return taken;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#session.delete();
    await this.#session[Symbol.asyncDispose]();
  }

  #callAfter(ms: number): void {
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#call(), ms);
  }

  async #call(): Promise<void> {
    const startMs = nowMs();
    const [outcome] = await this.#session.increment();
    if (this.#isStopped) return;
    this.#value += 1;
    this.#calls += 1;
    this.#slowestMs = Math.max(this.#slowestMs, nowMs() - startMs);
    const value = outcome?.payload?.['value'];
    if (outcome?.type !== 'ok') {
      this.#errors.push(`${this.#session.label} got ${outcome?.kind}: ${outcome?.message}`);
    } else if (value !== this.#value) {
      this.#errors.push(`${this.#session.label} got ${String(value)} instead of ${this.#value}`);
    }
    this.#callAfter(PAUSE_MS);
  }
}

export class Neighbours implements AsyncDisposable {
  readonly #all: readonly Neighbour[];

  static async open(
    stage: FailureStage,
    upstream: UpstreamName,
    count: number,
  ): Promise<Neighbours> {
    // Nobody looks at their history, so that it may be thrown away as they go.
    const recorder = new ForgetfulRecorder();
    const open = (index: number, toolsFrom?: RawSession): Promise<RawSession> =>
      stage.connect({ upstream, label: `${upstream}-neighbour-${index}`, recorder, toolsFrom });
    const first = await open(0);
    const others = Array.from({ length: count - 1 }, (_, index) => open(index + 1, first));
    const sessions = [first, ...(await Promise.all(others))];
    return new Neighbours(
      sessions.map((session, index) => new Neighbour(session, (index * PAUSE_MS) / count)),
    );
  }

  private constructor(all: readonly Neighbour[]) {
    this.#all = all;
  }

  get count(): number {
    return this.#all.length;
  }

  /** What `during` brought upon them; each has called in that time. */
  async watch<T>(during: () => Promise<T>): Promise<readonly [T, Collateral]> {
    this.#take();
    const value = await during();
    await until(ROUND_TIMEOUT_MS, 'every neighbour to have called', () =>
      this.#all.every(({ calls }) => calls > 0),
    );
    return [value, this.#take()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((neighbour) => neighbour.stop()));
  }

  #take(): Collateral {
    const each = this.#all.map((neighbour) => neighbour.take());
    return {
      calls: each.reduce((sum, { calls }) => sum + calls, 0),
      errors: each.flatMap(({ errors }) => errors),
      slowestMs: Math.max(...each.map(({ slowestMs }) => slowestMs)),
    };
  }
}

class ForgetfulRecorder extends Recorder {
  protected override keep(): void {}
}
