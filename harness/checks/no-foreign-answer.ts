import { joinLedger, ledgerRef, opRef } from '../history/join.ts';
import { check } from './judgement.ts';
import { describe } from './selectors.ts';
import type { Breach } from './judgement.ts';

/** Every answer echoes the opId and the tag it was asked with, and comes from the session that was asked. */
export const noForeignAnswer = check({
  id: 'no-foreign-answer',
  title: 'Every answer belongs to the request that it answers',
  requirements: ['ISO-01'],
  judges: 'protocol',
  examine({ operations, ledger, events }) {
    const answered = operations.filter(({ outcome }) => outcome?.payload !== undefined);
    const join = joinLedger(operations, ledger);
    const nonces = new Map(
      ledger
        .filter((line) => line.kind === 'initialize')
        .map((line) => [`${line.upstream}/${line.nonce}`, line]),
    );
    const served = Map.groupBy(join.services, (service) => service.operation.invoke.op);
    const breaches: Breach[] = events
      .filter((event) => event.kind === 'fact' && event.name === 'foreign-answer')
      .map((event) => ({
        message: `an answer came under an id that its request did not have: ${JSON.stringify('value' in event ? event.value : undefined)}`,
        evidence: [`h${event.seq}`],
      }));
    for (const operation of answered) {
      const { invoke, outcome } = operation;
      const { opId, tag, nonce } = outcome?.payload ?? {};
      const differs = (mine: unknown, echoed: unknown): boolean =>
        mine !== undefined && echoed !== undefined && mine !== echoed;
      if (differs(invoke.opId, opId) || differs(invoke.tag, tag)) {
        breaches.push({
          message: `${describe(operation)} asked as ${invoke.opId ?? invoke.tag} and was given the answer to ${String(opId ?? tag)}`,
          evidence: [opRef(operation)],
        });
        continue;
      }
      const home = nonces.get(`${invoke.upstream}/${String(nonce)}`);
      const services = served.get(invoke.op) ?? [];
      if (home === undefined || services.length === 0) continue;
      if (services.some(({ line }) => 'session' in line && line.session === home.session)) continue;
      breaches.push({
        message: `${describe(operation)} was answered out of an upstream session that never received it`,
        evidence: [opRef(operation), ledgerRef(home)],
      });
    }
    return { examined: answered.length, breaches };
  },
});
