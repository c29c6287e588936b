/** One session that a failure strikes: what it does before, what comes of it, and what it is worth after. */

import type { Outcome } from '../../harness/history/event.ts';
import type { LedgerEntry } from '../../harness/history/ledger.ts';
import { tellsLoss } from '../../harness/history/loss.ts';
import { operationsOf, type Operation } from '../../harness/history/operation.ts';
import { Recorder } from '../../harness/history/recorder.ts';
import { nowMs } from '../../harness/lifecycle/clock.ts';
import { until } from '../../harness/lifecycle/deadline.ts';
import type { RawSession } from '../../harness/wire/raw-session.ts';
import type { Call } from '../../harness/wire/session.ts';
import type { FailureStage, UpstreamName } from './failure-stage.ts';
import { strikesOneCall, upstreamOf } from './upstream-failure.ts';
import type { Afterwards, Ending, Strike, UpstreamFailure } from './upstream-failure.ts';

/** What became of one struck operation, and of its session. */
export interface Measured {
  readonly ending: Ending;
  /** The text of the error, "" where there is none. */
  readonly text: string;
  /** From the break, or from the call if that came later, to the end of it. */
  readonly ms: number;
  readonly applied: number;
  /** Answers and errors that reached the client for it. */
  readonly outcomes: number;
  readonly afterwards: Afterwards;
  /** What its sibling got instead of its answer: a call of the same session that was under way. */
  readonly siblingError: string | undefined;
  /** No text may hold it. */
  readonly sessionId: string;
}

type Arguments = Readonly<Record<string, unknown>>;

const REACHED_TIMEOUT_MS = 5_000;
const SIBLING: Arguments = { delayMs: 150, apply: 'after' };
/** It does not end before the fault strikes it. */
const UNDER_WAY: Arguments = { delayMs: 60_000, apply: 'before' };

let lastNumber = 0;

export class Victim {
  readonly #stage: FailureStage;
  readonly #failure: UpstreamFailure;
  readonly #ledger: () => Promise<readonly LedgerEntry[]>;
  readonly #recorder = new Recorder();
  readonly #label: string;
  #session: RawSession | undefined;
  #struckOp = 0;
  #struckOpId: string | undefined;
  #struckAtMs = 0;
  #underWay: Promise<Outcome> | undefined;
  #sibling: Promise<Outcome> | undefined;
  #afterwards: Afterwards = 'broken';

  constructor(
    stage: FailureStage,
    failure: UpstreamFailure,
    ledger: () => Promise<readonly LedgerEntry[]>,
  ) {
    this.#stage = stage;
    this.#failure = failure;
    this.#ledger = ledger;
    lastNumber += 1;
    this.#label = `${failure.id}/${lastNumber}`;
  }

  /** A session that has counted to two. */
  async prepare(): Promise<void> {
    if (this.#operation === 'initialize') return;
    await this.#connect();
    await this.#open.increment({ ...this.#there, times: 2 });
  }

  /** The call that the upstream spoils, beside one that it does not. */
  async suffer(strike: Extract<Strike, { call: unknown }>): Promise<void> {
    const { call: how, apply = 'before', delayMs = 0, isCancelled = false } = strike;
    if (strikesOneCall(this.#failure)) {
      const sibling = this.#open.call('slow_increment', SIBLING, this.#there);
      this.#sibling = sibling.outcome;
      await this.#reached(sibling);
    }
    const startMs = nowMs();
    const call =
      how === 'hang'
        ? this.#struck('hang', { apply })
        : this.#struck('break', { how, apply, delayMs });
    if (isCancelled) {
      await this.#reached(call);
      this.#struckAtMs = nowMs();
      await call.cancel();
    }
    await Promise.all([call.outcome, this.#sibling]);
    // What comes too late has to come before the session is looked at.
    await until(delayMs + REACHED_TIMEOUT_MS, 'the late answer', () => nowMs() > startMs + delayMs);
  }

  /** Resolves when the call is under way, and applied. */
  async begin(): Promise<void> {
    const call = this.#struck('slow_increment', UNDER_WAY);
    this.#underWay = call.outcome;
    await this.#reached(call);
  }

  async ended(): Promise<void> {
    await this.#underWay;
  }

  /** When the fault was asked for; a call that began later counts from its own beginning. */
  struckAt(ms: number): void {
    this.#struckAtMs = ms;
  }

  /** The struck operation as a whole. */
  async act(): Promise<void> {
    this.#struckOp = this.#recorder.issued.ops;
    if (this.#operation === 'initialize') await this.#connect();
    else if (this.#operation === 'delete') await this.#open.delete();
    else await this.#struck('increment', {}).outcome;
  }

  /** Uses the session once nothing is wrong any more, as an honest client would. */
  async goOn(): Promise<void> {
    if (this.#operation === 'initialize') {
      this.#afterwards = (await this.#counts()) ? 'goes on' : 'broken';
      return;
    }
    let wasTold = tellsLoss(this.#operationStruck.outcome ?? SILENCE);
    let outcome = await this.#open.get(this.#there);
    if (outcome.status === 404) {
      this.#afterwards = (await this.#counts()) ? 'ended' : 'broken';
      return;
    }
    if (tellsLoss(outcome)) {
      wasTold = true;
      outcome = await this.#open.get(this.#there);
    }
    const value = outcome.payload?.['value'];
    if (wasTold && value === 0) this.#afterwards = 'starts afresh';
    else if (!wasTold && value === (await this.#applied()).length) this.#afterwards = 'goes on';
  }

  async measured(): Promise<Measured> {
    const { outcome = SILENCE, startMs, endMs, completions } = this.#operationStruck;
    const applied = await this.#applied();
    const sibling = await this.#sibling;
    return {
      ending: endingOf(outcome),
      text: outcome.type === 'ok' ? '' : (outcome.message ?? ''),
      ms: endMs - Math.max(startMs, this.#struckAtMs),
      applied: applied.filter((opId) => opId === this.#struckOpId).length,
      outcomes: completions.length,
      afterwards: this.#afterwards,
      siblingError:
        sibling === undefined || sibling.type === 'ok'
          ? undefined
          : `${sibling.kind}: ${sibling.message}`,
      sessionId: this.#session?.id ?? '',
    };
  }

  async leave(): Promise<void> {
    await this.#session?.delete();
    await this.#session?.[Symbol.asyncDispose]();
  }

  get #there(): { readonly upstream: UpstreamName } {
    return { upstream: upstreamOf(this.#failure) };
  }

  get #operation(): 'initialize' | 'delete' | undefined {
    const { strike } = this.#failure;
    return 'fault' in strike ? strike.operation : undefined;
  }

  get #open(): RawSession {
    if (this.#session === undefined) throw new Error(`${this.#label} has no session`);
    return this.#session;
  }

  get #operationStruck(): Operation {
    const operations = operationsOf(this.#recorder.events);
    const struck = operations.find(({ invoke }) => invoke.op === this.#struckOp);
    if (struck === undefined) throw new Error(`${this.#label} was never struck`);
    return struck;
  }

  async #connect(): Promise<void> {
    // A second session must not use the opIds of the first.
    const label = this.#session === undefined ? this.#label : `${this.#label}*`;
    const recorder = this.#recorder;
    await this.#session?.[Symbol.asyncDispose]();
    const { behind } = this.#failure;
    this.#session = await this.#stage.connect({ ...this.#there, behind, label, recorder });
  }

  #struck(tool: string, args: Arguments): Call {
    const call = this.#open.call(tool, args, this.#there);
    this.#struckOp = call.op;
    this.#struckOpId = call.opId;
    return call;
  }

  async #reached({ opId }: Call): Promise<void> {
    await until(REACHED_TIMEOUT_MS, `${opId} to reach the upstream`, async () =>
      (await this.#ledger()).some((line) => line.kind === 'request' && line.opId === opId),
    );
  }

  /** Whether a new session begins at one. */
  async #counts(): Promise<boolean> {
    await this.#connect();
    if (!this.#open.isOpen) return false;
    const [one] = await this.#open.increment(this.#there);
    return one?.payload?.['value'] === 1;
  }

  /** The opIds of this session that were applied, each as often as it was. */
  async #applied(): Promise<readonly string[]> {
    return (await this.#ledger())
      .filter((line) => line.kind === 'apply')
      .map(({ opId }) => opId)
      .filter((opId) => opId.startsWith(`${this.#label}.`));
  }
}

const SILENCE: Outcome = { type: 'info', kind: 'timeout' };

function endingOf(outcome: Outcome): Ending {
  if (outcome.type === 'ok') return { kind: 'answer' };
  if (outcome.kind === 'cancelled') return { kind: 'cancelled' };
  if (outcome.kind !== 'rpc-error') return { kind: 'unclear' };
  if (outcome.status === 404) return { kind: 'lost' };
  const data = (outcome.data ?? {}) as {
    readonly reason?: unknown;
    readonly maybeApplied?: unknown;
  };
  const { reason, maybeApplied } = data;
  return {
    kind: 'error',
    ...(typeof reason === 'string' && { reason }),
    ...(typeof maybeApplied === 'boolean' && { maybeApplied }),
  };
}
