import { check, type Breach } from './judgement.ts';
import { opRef } from '../history/join.ts';
import { tellsLoss } from '../history/loss.ts';
import type { FaultKind } from '../fault/receipt.ts';
import type { Evidence } from './check.ts';
import type { Operation } from '../history/operation.ts';
import { describe, describeOutcome, exposure, toolCalls } from './selectors.ts';

/** Faults that strike every session of an upstream, those that are idle among them. */
const WHOLESALE: readonly FaultKind[] = ['down', 'kill', 'restart', 'forget-sessions', 'blackhole'];

/** After a fault every session it struck works again, or was told that its state is gone; and its user can go on. */
export const worksAfterwards = check({
  id: 'works-afterwards',
  title: 'Once the fault is healed, everything works again',
  requirements: ['SES-06', 'STR-19'],
  judges: 'protocol',
  examine(evidence) {
    const { isExposed } = exposure(evidence);
    const calls = toolCalls(evidence);
    const struck = new Set(
      calls
        .filter((call) => isExposed(call) || wasStruckIdle(call, evidence))
        .map(({ invoke }) => invoke.session),
    );
    const judged = [...struck].map((session) => ({
      session,
      after: callsAfter(session, calls, evidence),
    }));
    const untried = judged.filter(({ after }) => after.length === 0);
    const breaches = judged.flatMap(({ session, after }) => breachOf(session, after, evidence));
    const inconclusive =
      untried.length > 0
        ? `${untried.length} of ${judged.length} struck sessions were not tried after the fault`
        : undefined;
    return { examined: judged.length, breaches, inconclusive };
  },
});

/** Its session used an upstream that was later struck as a whole, whether it called meanwhile or not. */
function wasStruckIdle(call: Operation, { receipts }: Evidence): boolean {
  return receipts.some(
    (receipt) =>
      WHOLESALE.includes(receipt.kind) &&
      receipt.opIds === undefined &&
      receipt.upstream === call.invoke.upstream &&
      call.endMs < receipt.requestedAtMs,
  );
}

function callsAfter(
  session: string,
  calls: readonly Operation[],
  evidence: Evidence,
): readonly Operation[] {
  const { isExposed } = exposure(evidence);
  const own = calls.filter(({ invoke }) => invoke.session === session);
  const upstreams = new Set(own.map(({ invoke }) => invoke.upstream));
  const healedMs = evidence.receipts
    .filter(({ kind, upstream }) => WHOLESALE.includes(kind) && upstreams.has(upstream))
    .map((receipt) => receipt.healedAtMs ?? Infinity);
  const lastStruckMs = Math.max(...healedMs, ...own.filter(isExposed).map((call) => call.startMs));
  return own.filter((call) => call.startMs > lastStruckMs && !isExposed(call));
}

function breachOf(
  session: string,
  after: readonly Operation[],
  evidence: Evidence,
): readonly Breach[] {
  const last = after.at(-1);
  if (last?.outcome === undefined || last.outcome.type === 'ok') return [];
  const isNews =
    tellsLoss(last.outcome) &&
    after.slice(0, -1).every((c) => c.outcome?.type === 'ok' || c.outcome?.status === 404);
  const successor = evidence.operations.find(
    (other) =>
      other.invoke.user === last.invoke.user &&
      other.startMs > last.endMs &&
      other.invoke.method === 'tools/call' &&
      other.outcome?.type === 'ok',
  );
  if (isNews && successor !== undefined) return [];
  const message = isNews
    ? `${session} was told that its state is lost, and no new session of its user worked afterwards`
    : `${describe(last)} still failed after the fault was healed: ${describeOutcome(last)}`;
  return [{ message, evidence: [opRef(last)] }];
}
