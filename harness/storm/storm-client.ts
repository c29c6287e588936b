/**
 * One session of a schedule, as an honest client lives it: initialized anew after its DELETE and
 * after it was told that it is lost, and otherwise the same MCP session throughout.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Outcome } from '../history/event.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { tellsLoss } from '../history/loss.ts';
import type { ConnectOptions, Stage } from '../run/stage.ts';
import type { ScheduledOperation } from '../schedule/schedule.ts';
import type { Call, ClientSession } from '../wire/session.ts';
import { isForwarded, type Forwarded } from './forwarded.ts';
import { issueOperation, type SentOptions } from './issue-operation.ts';
import { OperationProgress } from './operation-progress.ts';
import type { Tasks } from './tasks.ts';

const USERS = ['alice', 'bob'] as const;

export interface StormClientOptions {
  readonly stage: Stage;
  readonly tasks: Tasks;
  readonly user: number;
  /** How long its calls may take, in milliseconds. */
  readonly deadlineMs: number;
  readonly upstreamOf: (operation: ScheduledOperation) => string;
}

export class StormClient {
  readonly #options: StormClientOptions;
  /** Ended by its own DELETE: their ids must be dead. */
  readonly #deleted: ClientSession[] = [];
  readonly #owed: Forwarded = { cancelled: [], deleted: [] };
  readonly #opIds = new Map<ClientSession, string[]>();
  #session: ClientSession | undefined;
  #toolsFrom: ClientSession | undefined;

  constructor(options: StormClientOptions) {
    this.#options = options;
  }

  /** The session at hand, or a new one. Undefined if the target opens none. */
  async connect(toolsFrom = this.#toolsFrom): Promise<ClientSession | undefined> {
    if (this.#session !== undefined) return this.#session;
    const { stage, deadlineMs } = this.#options;
    const options: ConnectOptions = {
      deadlineMs,
      ...this.#identity(),
      ...(toolsFrom !== undefined && { toolsFrom }),
    };
    const session = await stage.connect(options);
    if (!session.isOpen) return undefined;
    this.#toolsFrom = session;
    this.#session = session;
    return session;
  }

  /** In flight when this returns. */
  issue(operation: ScheduledOperation, index: number, session: ClientSession): OperationProgress {
    const { stage, tasks, upstreamOf, deadlineMs } = this.#options;
    const upstream = upstreamOf(operation);
    const { kind } = operation;
    stage.fact('scheduled-operation', { operation: index, kind, session: session.label });
    if (kind === 'delete') return this.#delete(session, upstream);
    const options: SentOptions = { upstream, deadlineMs, progressToken: index };
    const call = issueOperation(session, operation, options);
    const progress = new OperationProgress(stage, upstream, call.outcome, call);
    if (call.opId !== undefined) this.#opIdsOf(session).push(call.opId);
    tasks.start(async () => this.#learn(session, await progress.outcome));
    if (kind === 'cancelled' || kind === 'aborted') {
      tasks.start(() => this.#giveUp(operation, call, progress));
    }
    return progress;
  }

  /** Once everything is healed: it works again on every upstream. */
  async goOn(upstreams: readonly string[], deadlineMs: number): Promise<void> {
    for (const upstream of upstreams) {
      const options = { upstream, deadlineMs };
      const session = await this.#connectAtLast();
      const [first] = await session.increment(options);
      if (first === undefined || !tellsLoss(first)) continue;
      this.#learn(session, first);
      await (await this.#connectAtLast()).increment(options);
    }
  }

  /** The last look at its own counters, and at the ids that it ended: they must be dead. */
  async readFinally(upstreams: readonly string[], deadlineMs: number): Promise<void> {
    for (const upstream of upstreams) await this.#session?.get({ upstream, deadlineMs });
    for (const dead of this.#deleted) await dead.get({ upstream: upstreams[0] ?? '', deadlineMs });
  }

  /** A target that opens no session any more is found out by what it answers to the calls in it. */
  async #connectAtLast(): Promise<ClientSession> {
    return (await this.connect()) ?? this.#options.stage.connect(this.#identity());
  }

  #identity(): ConnectOptions {
    const user = USERS[this.#options.user];
    return user === undefined ? {} : { user };
  }

  /** What the target still has to pass on of this client's cancels and DELETEs. */
  isForwarded(ledger: readonly LedgerEntry[]): boolean {
    return isForwarded(this.#owed, ledger);
  }

  #delete(session: ClientSession, upstream: string): OperationProgress {
    const { stage, tasks, deadlineMs } = this.#options;
    this.#session = undefined;
    const progress = new OperationProgress(stage, upstream, session.delete({ deadlineMs }));
    tasks.start(async () => {
      if ((await progress.outcome).type !== 'ok') return;
      this.#deleted.push(session);
      this.#owed.deleted.push(this.#opIdsOf(session));
    });
    return progress;
  }

  /** 404 ends the session that it was told in; any other news of loss leaves it to go on afresh. */
  #learn(session: ClientSession, outcome: Outcome): void {
    if (outcome.status === 404 && this.#session === session) this.#session = undefined;
  }

  /** In the middle of its execution; a call that is over by then is not given up any more. */
  async #giveUp(
    { kind, executionMs }: ScheduledOperation,
    call: Call,
    progress: OperationProgress,
  ): Promise<void> {
    if (!(await progress.executing())) return;
    await pause(executionMs / 2, undefined, { signal: this.#options.stage.signal });
    if (progress.isOver) return;
    if (kind === 'aborted') call.abort();
    else {
      if (call.opId !== undefined) this.#owed.cancelled.push(call.opId);
      await call.cancel();
    }
  }

  #opIdsOf(session: ClientSession): string[] {
    const opIds = this.#opIds.get(session) ?? [];
    this.#opIds.set(session, opIds);
    return opIds;
  }
}
