/** What several checks need to know of a history, named once. */

import type { Evidence } from './check.ts';
import type { FactEvent } from '../history/event.ts';
import { exposureOf, type Exposure } from '../history/exposure.ts';
import type { Operation } from '../history/operation.ts';
import { tellsLoss } from '../history/loss.ts';

export function exposure(evidence: Evidence): Exposure {
  return exposureOf(evidence.receipts);
}

export function facts(evidence: Evidence, name: string): readonly FactEvent[] {
  return evidence.events.filter((event) => event.kind === 'fact').filter((e) => e.name === name);
}

/** When the client ended this session by DELETE, on the monotonic clock; Infinity if it never did. */
export function deletedAtMs(evidence: Evidence, session: string): number {
  const event = evidence.events.find(
    (e) => e.kind === 'session' && e.what === 'deleted' && e.session === session,
  );
  return event?.atMs ?? Infinity;
}

/** When the target was told to stop; Infinity if it never was. What was in flight then is judged by `drained`. */
export function stoppedAtMs(evidence: Evidence): number {
  return facts(evidence, 'stop-requested')[0]?.atMs ?? Infinity;
}

/** Calls of a tool, by the scenario's own sessions. */
export function toolCalls(evidence: Evidence): readonly Operation[] {
  return evidence.operations.filter((operation) => operation.invoke.method === 'tools/call');
}

/** The first answer in a session that told the client that its state is gone. */
export function lossToldAtMs(evidence: Evidence, session: string): number {
  const told = evidence.operations.filter(
    ({ invoke, outcome }) =>
      invoke.session === session && outcome !== undefined && tellsLoss(outcome),
  );
  return Math.min(Infinity, ...told.map((operation) => operation.endMs));
}

/** "alice/1 tools/call increment" */
export function describe(operation: Operation): string {
  const { session, method, tool } = operation.invoke;
  return `${session} ${method}${tool === undefined ? '' : ` ${tool}`}`;
}

/** "answered -32001 'upstream counter …'" or "not answered". */
export function describeOutcome(operation: Operation): string {
  const outcome = operation.outcome;
  if (outcome === undefined) return 'not recorded';
  const status = outcome.status === undefined ? '' : ` HTTP ${outcome.status}`;
  const code = outcome.code === undefined ? '' : ` ${outcome.code}`;
  const text = outcome.message === undefined ? '' : ` "${outcome.message.slice(0, 200)}"`;
  return `${outcome.kind}${status}${code}${text}`;
}
