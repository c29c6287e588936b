import { check, tooNoisyFor, type Breach } from './judgement.ts';
import type { Evidence } from './check.ts';
import type { FactEvent } from '../history/event.ts';
import type { FactValues } from '../history/facts.ts';
import { joinLedger, ledgerRef, type Service } from '../history/join.ts';
import { exposure, facts, lastEventMs, newsOf } from './selectors.ts';

type Change = FactValues['upstream-changed'];

/** From a change to the end of the sessions made under the old one, in milliseconds. */
const EVICTION_DUE_MS = 3_000;

/** A change that matters for the connection ends the sessions made under the old one; any other keeps them. */
export const changeEvicts = check({
  id: 'change-evicts',
  title:
    'A changed connect field or a removed upstream ends its sessions; a changed description keeps them',
  requirements: ['OPS-09'],
  judges: 'admin',
  needsLedger: true,
  notApplicable: (claims) =>
    claims.admin ? undefined : 'the target claims no admin API for upstreams',
  examine(evidence) {
    const judged = facts(evidence, 'upstream-changed').map((fact) => judgeChange(fact, evidence));
    const left = judged.flatMap(({ leftovers }) => leftovers);
    const doubt = left.length > 0 ? whyUncertain(evidence) : undefined;
    const misled = judged.flatMap(({ misled: breaches }) => breaches);
    return {
      examined: judged.reduce((sum, { examined }) => sum + examined, 0),
      breaches: doubt === undefined ? [...misled, ...left] : misled,
      inconclusive: doubt,
    };
  },
});

interface JudgedChange {
  readonly examined: number;
  /** Calls that were served where they should not have been. */
  readonly misled: readonly Breach[];
  /** Upstream sessions that should have been ended. */
  readonly leftovers: readonly Breach[];
}

function judgeChange(fact: FactEvent, evidence: Evidence): JudgedChange {
  const { upstream, change } = fact.value as Change;
  const services = joinLedger(evidence.operations, evidence.ledger).services.filter(
    (service) => service.upstreamSession.upstream === upstream,
  );
  const before = services.filter(({ line }) => line.atMs < fact.atMs);
  const untilMs = nextChangeMs(fact, evidence);
  const after = services.filter(
    ({ operation }) => operation.startMs > fact.atMs && operation.endMs < untilMs,
  );
  const homes = new Set(before.map(({ upstreamSession }) => upstreamSession.key));
  const hasHome = ({ upstreamSession }: Service): boolean => homes.has(upstreamSession.key);
  if (change !== 'cosmetic') {
    const misled = after.filter((service) => change === 'removed' || hasHome(service));
    return {
      examined: homes.size,
      misled: misled.map((service) => breachOf(service, 'kept', fact)),
      leftovers: outlived(before, fact, evidence),
    };
  }
  // Whoever comes only after the change has nothing to lose by it.
  const old = new Set(before.map(({ operation }) => operation.invoke.session));
  const known = after.filter(({ operation }) => old.has(operation.invoke.session));
  const misled = known.filter(
    (service) => !hasHome(service) && !isExplained(service, fact, evidence),
  );
  return {
    examined: known.length,
    misled: misled.map((service) => breachOf(service, 'lost', fact)),
    leftovers: [],
  };
}

/** What happens after the next change of the same upstream is that one's doing. */
function nextChangeMs(fact: FactEvent, evidence: Evidence): number {
  const next = facts(evidence, 'upstream-changed').find(
    (other) =>
      other.seq > fact.seq && (other.value as Change).upstream === (fact.value as Change).upstream,
  );
  return next?.atMs ?? Infinity;
}

/** A fault, or news of a loss that was not this change's doing, explains another upstream session. */
function isExplained({ operation }: Service, fact: FactEvent, evidence: Evidence): boolean {
  const { session, upstream } = operation.invoke;
  const struckAtMs = evidence.receipts
    .filter((receipt) => receipt.upstream === upstream && receipt.kind !== 'silent-delete')
    .map((receipt) => receipt.requestedAtMs);
  const news = newsOf(evidence.operations)(session, upstream).filter(
    (told) => told.startMs < fact.atMs || struckAtMs.some((atMs) => atMs <= told.endMs),
  );
  return (
    exposure(evidence).isExposed(operation) || news.some((told) => told.endMs <= operation.endMs)
  );
}

function breachOf({ operation, line }: Service, verb: 'kept' | 'lost', fact: FactEvent): Breach {
  const { upstream, change } = fact.value as Change;
  const what = change === 'removed' ? 'was still served by' : `${verb} its upstream session on`;
  return {
    message: `${operation.invoke.session} ${what} ${upstream} over a ${change} change`,
    evidence: [`h${fact.seq}`, ledgerRef(line)],
  };
}

function outlived(
  before: readonly Service[],
  fact: FactEvent,
  { ledger }: Evidence,
): readonly Breach[] {
  const { upstream, change } = fact.value as Change;
  const own = ledger.filter((entry) => entry.upstream === upstream);
  const ended = new Set(
    own
      .filter((entry) => entry.kind === 'delete' || entry.kind === 'unknown-session')
      .map((entry) => entry.session),
  );
  const epochs = own.filter((entry) => entry.kind === 'start').map(({ epoch }) => epoch);
  const left = new Map(
    before
      .filter(({ upstreamSession: { session } }) => !ended.has(session))
      .filter(({ upstreamSession: { epoch } }) => [epoch, undefined].includes(epochs.at(-1)))
      .map((service) => [service.upstreamSession.key, service]),
  );
  return [...left].map(([key, { line }]) => ({
    message: `the upstream session ${key} outlived a ${change} change`,
    evidence: [`h${fact.seq}`, ledgerRef(line)],
  }));
}

function whyUncertain(evidence: Evidence): string | undefined {
  const lastMs = Math.max(...facts(evidence, 'upstream-changed').map(({ atMs }) => atMs));
  const seenMs = lastEventMs(evidence) - lastMs;
  // They were never ended, so they had all the time that anybody looked.
  if (seenMs >= EVICTION_DUE_MS) return tooNoisyFor(seenMs, evidence);
  return `the scenario ended ${Math.round(seenMs)} ms after a change, which has ${EVICTION_DUE_MS} ms to end its sessions`;
}
