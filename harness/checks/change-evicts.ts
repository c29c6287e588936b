import { check, type Breach } from './judgement.ts';
import type { Evidence } from './check.ts';
import type { FactEvent } from '../history/event.ts';
import type { FactValues } from '../history/facts.ts';
import { joinLedger, ledgerRef } from '../history/join.ts';
import { facts } from './selectors.ts';

type Change = FactValues['upstream-changed'];

/** A change that matters for the connection ends the sessions made under the old one; any other keeps them. */
export const changeEvicts = check({
  id: 'change-evicts',
  title:
    'A changed connect field or a removed upstream ends its sessions; a changed description keeps them',
  requirements: ['OPS-09'],
  judges: 'claim',
  notApplicable: (claims) =>
    claims.admin ? undefined : 'the target claims no admin API for upstreams',
  examine(evidence) {
    const changes = facts(evidence, 'upstream-changed');
    const judged = changes.map((fact) => judgeChange(fact, evidence));
    return {
      examined: judged.reduce((sum, { examined }) => sum + examined, 0),
      breaches: judged.flatMap(({ breaches }) => breaches),
    };
  },
});

function judgeChange(
  fact: FactEvent,
  evidence: Evidence,
): { readonly examined: number; readonly breaches: readonly Breach[] } {
  const { upstream, change } = fact.value as Change;
  const services = joinLedger(evidence.operations, evidence.ledger).services.filter(
    (service) => service.upstreamSession.upstream === upstream,
  );
  const before = new Set(
    services.filter(({ line }) => line.atMs < fact.atMs).map((s) => s.upstreamSession.key),
  );
  const next = facts(evidence, 'upstream-changed').find(
    (other) => other.seq > fact.seq && (other.value as Change).upstream === upstream,
  );
  const after = services.filter(
    ({ operation }) =>
      operation.startMs > fact.atMs && operation.startMs < (next?.atMs ?? Infinity),
  );
  const wrong = after.filter(({ upstreamSession }) =>
    change === 'cosmetic' ? !before.has(upstreamSession.key) : before.has(upstreamSession.key),
  );
  const verb = change === 'cosmetic' ? 'lost' : 'kept';
  const breaches = wrong.map(({ operation, line }) => ({
    message: `${operation.invoke.session} ${verb} its upstream session on ${upstream} over a ${change} change`,
    evidence: [`h${fact.seq}`, ledgerRef(line)],
  }));
  if (change === 'cosmetic') return { examined: after.length, breaches };
  const ended = new Set(
    evidence.ledger
      .filter((entry) => entry.kind === 'delete')
      .map((entry) => `${entry.upstream}/${entry.epoch}/${entry.session ?? ''}`),
  );
  const left = [...before].filter((key) => !ended.has(key));
  const leftovers = left.map((key) => ({
    message: `the upstream session ${key} outlived a ${change} change`,
    evidence: [`h${fact.seq}`],
  }));
  return { examined: before.size, breaches: [...breaches, ...leftovers] };
}
