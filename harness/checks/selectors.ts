/** What several checks need to know of a history, named once. */

import type { Evidence } from './check.ts';
import type { FactEvent, HistoryEvent } from '../history/event.ts';
import { exposureOf, type Exposure } from '../history/exposure.ts';
import { newsBySession } from '../history/news-of-loss.ts';
import { onceFor } from '../history/once-for.ts';
import type { Operation } from '../history/operation.ts';

/** Tools that fail because they are asked to. */
const FAILING: readonly (string | undefined)[] = ['fail', 'break', 'hang'];

export function exposure(evidence: Evidence): Exposure {
  return exposureOf(evidence.receipts);
}

export function facts(evidence: Evidence, name: string): readonly FactEvent[] {
  return factsByName(evidence.events).get(name) ?? [];
}

const factsByName = onceFor((events: readonly HistoryEvent[]) =>
  Map.groupBy(
    events.filter((event) => event.kind === 'fact'),
    ({ name }) => name,
  ),
);

/** When the client ended this session by DELETE, on the monotonic clock; Infinity if it never did. */
export function deletedAtMs(evidence: Evidence, session: string): number {
  return deletedBySession(evidence.events).get(session) ?? Infinity;
}

/** The first of each. */
const deletedBySession = onceFor((events: readonly HistoryEvent[]) => {
  const deleted = new Map<string, number>();
  for (const event of events) {
    if (event.kind !== 'session' || event.what !== 'deleted') continue;
    if (!deleted.has(event.session)) deleted.set(event.session, event.atMs);
  }
  return deleted;
});

/** When the target was told to stop; Infinity if it never was. What was in flight then is judged by `drained`. */
export function stoppedAtMs(evidence: Evidence): number {
  return facts(evidence, 'stop-requested')[0]?.atMs ?? Infinity;
}

/** When the scenario's last event happened: what was due later than that nobody looked for. */
export function lastEventMs(evidence: Evidence): number {
  return evidence.events.at(-1)?.atMs ?? 0;
}

/** Calls of a tool, by the scenario's own sessions. */
export function toolCalls(evidence: Evidence): readonly Operation[] {
  return evidence.operations.filter((operation) => operation.invoke.method === 'tools/call');
}

/**
 * Neither asked to fail or to outlast the target's own request timeout, nor a stranger's, nor given
 * up, nor overtaken by its session's DELETE or by SIGTERM.
 */
export function isMeantToSucceed(operation: Operation, evidence: Evidence): boolean {
  const { invoke, giveUp, endMs } = operation;
  if (FAILING.includes(invoke.tool) || invoke.hostile === true || giveUp !== undefined) {
    return false;
  }
  const { requestTimeoutMs = Infinity } = evidence.claims;
  if (invoke.delayMs !== undefined && invoke.delayMs >= requestTimeoutMs) return false;
  return endMs < stoppedAtMs(evidence) && !isOvertakenByDelete(operation, evidence);
}

/** The DELETE takes effect somewhere between its sending and its answer. */
export function isOvertakenByDelete(operation: Operation, evidence: Evidence): boolean {
  const { session } = operation.invoke;
  if (operation.endMs >= deletedAtMs(evidence, session)) return true;
  const ownDeletes = deletesBySession(evidence.operations).get(session) ?? [];
  return ownDeletes.some(
    ({ startMs, endMs }) => operation.endMs >= startMs && operation.startMs <= endMs,
  );
}

/** The client's own; a stranger's ends nothing. */
export const deletesBySession = onceFor((operations: readonly Operation[]) =>
  Map.groupBy(
    operations.filter(({ invoke }) => invoke.method === 'DELETE' && invoke.hostile !== true),
    ({ invoke }) => invoke.session,
  ),
);

/** What each client session was told of the loss of its state. */
export const newsOf = onceFor(newsBySession);

/** What each client session sent, in order. */
export const callsBySession = onceFor((operations: readonly Operation[]) =>
  Map.groupBy(operations, ({ invoke }) => invoke.session),
);

/** "alice/1 tools/call increment" */
export function describe(operation: Operation): string {
  const { session, method, tool } = operation.invoke;
  return `${session} ${method}${tool === undefined ? '' : ` ${tool}`}`;
}

/** `rpc-error HTTP 200 -32001 "upstream counter …"`, or "not recorded". */
export function describeOutcome(operation: Operation): string {
  const outcome = operation.outcome;
  if (outcome === undefined) return 'not recorded';
  const status = outcome.status === undefined ? '' : ` HTTP ${outcome.status}`;
  const code = outcome.code === undefined ? '' : ` ${outcome.code}`;
  const text = outcome.message === undefined ? '' : ` "${outcome.message.slice(0, 200)}"`;
  return `${outcome.kind}${status}${code}${text}`;
}
