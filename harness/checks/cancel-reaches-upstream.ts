import { check, type Breach } from './judgement.ts';
import { joinLedger, ledgerRef, opRef, type Service } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import { describe } from './selectors.ts';

type Cancel = LedgerEntry & { readonly kind: 'cancel' };

/** Each cancelled call's upstream session hears of it once, under the id by which it knows the call; nobody else does. */
export const cancelReachesUpstream = check({
  id: 'cancel-reaches-upstream',
  title: 'A cancel reaches the upstream once, under the right id, and no bystander',
  requirements: ['TMO-05', 'ISO-10'],
  judges: 'claim',
  notApplicable: (claims) =>
    claims.cancellation ? undefined : 'the target claims no forwarding of cancellation',
  examine({ operations, ledger }) {
    const { services } = joinLedger(operations, ledger);
    const cancels = ledger.filter((line) => line.kind === 'cancel');
    const given = operations.filter(({ giveUp }) => giveUp?.how === 'cancel');
    const answered = new Set(
      ledger.filter((line) => line.kind === 'answer').map((line) => line.opId),
    );
    const servedBy = new Map(services.map((service) => [service.operation.invoke.op, service]));
    // A call that was answered before the cancel could arrive needs none.
    const judged = given.filter(
      ({ invoke }) => servedBy.has(invoke.op) && !answered.has(invoke.opId),
    );
    const missing = judged.flatMap((operation) =>
      wrongCount(operation, servedBy.get(operation.invoke.op), cancels),
    );
    return { examined: judged.length, breaches: [...missing, ...strays(cancels, given)] };
  },
});

function wrongCount(
  operation: Operation,
  service: Service | undefined,
  cancels: readonly Cancel[],
): readonly Breach[] {
  const arrived = cancels.filter((line) => line.matched && line.opId === operation.invoke.opId);
  if (arrived.length === 1) return [];
  const evidence = [opRef(operation), ...(service === undefined ? [] : [ledgerRef(service.line)])];
  const times = arrived.length === 0 ? 'never reached' : `reached ${arrived.length} times`;
  return [{ message: `the cancel of ${describe(operation)} ${times} its upstream`, evidence }];
}

/** Cancels that name a call nobody cancelled, or no call at all. */
function strays(cancels: readonly Cancel[], given: readonly Operation[]): readonly Breach[] {
  const cancelled = new Set(given.map(({ invoke }) => invoke.opId));
  return cancels
    .filter((line) => (line.matched ? !cancelled.has(line.opId) : false))
    .map((line) => ({
      message: `${line.upstream} was told to cancel ${line.opId}, which its client never cancelled`,
      evidence: [ledgerRef(line)],
    }));
}
