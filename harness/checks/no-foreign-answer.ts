import type { Evidence } from './check.ts';
import { joinLedger, ledgerRef, opRef, upstreamSessionOf, type Service } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import { check } from './judgement.ts';
import { describe } from './selectors.ts';
import type { Breach } from './judgement.ts';

type Initialize = LedgerEntry & { readonly kind: 'initialize' };

/** Every answer echoes the opId and the tag it was asked with, and comes from the session that was asked. */
export const noForeignAnswer = check({
  id: 'no-foreign-answer',
  title: 'Every answer belongs to the request that it answers',
  requirements: ['ISO-01'],
  judges: 'protocol',
  examine(evidence) {
    const { operations, ledger } = evidence;
    const answered = operations.filter(({ outcome }) => outcome?.payload !== undefined);
    const served = Map.groupBy(
      joinLedger(operations, ledger).services,
      (service) => service.operation.invoke.op,
    );
    const opened = ledger.filter((line) => line.kind === 'initialize');
    const breaches = answered.flatMap((operation) =>
      breachOf(operation, served.get(operation.invoke.op) ?? [], opened),
    );
    return { examined: answered.length, breaches: [...strangers(evidence), ...breaches] };
  },
});

function strangers({ events }: Evidence): readonly Breach[] {
  return events
    .filter((event) => event.kind === 'fact')
    .filter((event) => event.name === 'foreign-answer')
    .map(({ seq, value }) => ({
      message: `an answer came under an id that its request did not have: ${JSON.stringify(value)}`,
      evidence: [`h${seq}`],
    }));
}

function breachOf(
  operation: Operation,
  services: readonly Service[],
  opened: readonly Initialize[],
): readonly Breach[] {
  const { invoke, outcome } = operation;
  const say = (message: string, ...more: readonly string[]): readonly Breach[] => [
    { message: `${describe(operation)} ${message}`, evidence: [opRef(operation), ...more] },
  ];
  const { opId, tag, nonce } = outcome?.payload ?? {};
  if (differ(invoke.opId, opId)) {
    return say(`asked as ${invoke.opId} and was given the answer to ${String(opId)}`);
  }
  if (differ(invoke.tag, tag)) {
    return say(`asked with the tag ${invoke.tag} and was given the answer to ${String(tag)}`);
  }
  const first = services[0];
  if (first === undefined) return [];
  if (invoke.upstream !== undefined && !services.some(isAsked)) {
    const { upstream } = first.upstreamSession;
    return say(`asked ${invoke.upstream} and was answered by ${upstream}`, ledgerRef(first.line));
  }
  // Two upstreams may have given the same nonce, so every session that has it could have answered.
  const homes = opened.filter((line) => line.nonce === nonce);
  const home = homes[0];
  const keys = new Set(homes.map((line) => upstreamSessionOf(line).key));
  if (home === undefined || services.some((s) => keys.has(s.upstreamSession.key))) return [];
  return say('was answered out of an upstream session that never received it', ledgerRef(home));
}

function isAsked({ operation, upstreamSession }: Service): boolean {
  return operation.invoke.upstream === upstreamSession.upstream;
}

function differ(mine: unknown, echoed: unknown): boolean {
  return mine !== undefined && echoed !== undefined && mine !== echoed;
}
