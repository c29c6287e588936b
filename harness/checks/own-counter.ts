import { check, type Breach } from './judgement.ts';
import { joinLedger, ledgerRef, opRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import { checkCounter } from '../oracle/check-counter.ts';
import type { CounterAnomaly, CounterOperation, CounterRules } from '../oracle/counter-history.ts';
import type { Claims } from '../target/claims.ts';
import { describe, mayIncrement, toolCalls } from './selectors.ts';

const COUNTING: readonly (string | undefined)[] = ['increment', 'slow_increment', 'get'];

/**
 * Each client session counts alone: what it is told lies between what it was acknowledged and what
 * it asked for, and no increment of another session was applied to the counter it reads.
 */
export const ownCounter = check({
  id: 'own-counter',
  title: 'Every session counts for itself, from zero, one by one',
  requirements: ['ISO-02'],
  judges: 'sessions',
  notApplicable: (claims) =>
    claims.sessions === 'per-client' ? undefined : `the target claims ${claims.sessions} sessions`,
  examine(evidence) {
    const counting = toolCalls(evidence).filter(
      ({ invoke, outcome }) =>
        COUNTING.includes(invoke.tool) && typeof outcome?.payload?.['value'] === 'number',
    );
    const groups = Map.groupBy(counting, keyOf);
    const breaches = [...groups.values()].flatMap((calls) => {
      const outside = corridorBreaches(calls, toolCalls(evidence), evidence.claims);
      return outside.length > 0
        ? outside
        : orderBreaches(calls, toolCalls(evidence), evidence.claims);
    });
    const mixed = mixedCounters(evidence.operations, evidence.ledger);
    return { examined: counting.length, breaches: [...breaches, ...mixed] };
  },
});

function keyOf({ invoke, outcome }: Operation): string {
  return JSON.stringify([invoke.session, invoke.upstream, outcome?.payload?.['nonce']]);
}

/** A value above everything this session asked for so far, or below what it was acknowledged, is not its own. */
function corridorBreaches(
  calls: readonly Operation[],
  all: readonly Operation[],
  claims: Claims,
): readonly Breach[] {
  const first = calls[0];
  if (first === undefined) return [];
  const asked = all
    .filter(mayIncrement)
    .filter(
      ({ invoke }) =>
        invoke.session === first.invoke.session && invoke.upstream === first.invoke.upstream,
    );
  return calls.flatMap((call) => {
    const value = Number(call.outcome?.payload?.['value']);
    const most = asked.filter((other) => other.startMs <= call.endMs).length;
    const acknowledged = calls.filter(
      (other) => other.endMs < call.startMs && isAcknowledgedIncrement(other),
    ).length;
    // An increment counts itself, too.
    const least = acknowledged + (isAcknowledgedIncrement(call) ? 1 : 0);
    if (value >= least && (value <= most || claims.replay === 'may')) return [];
    const message =
      `${describe(call)} was told ${value}, where its own session had ${acknowledged} acknowledged ` +
      `before and ${most} requested increments`;
    return [{ message, evidence: [opRef(call)] }];
  });
}

/** More than a target that repeats calls can be thought to repeat one. */
const REPETITIONS_MAX = 100;

const TOLD: Readonly<Record<CounterAnomaly, string>> = {
  DUP_VALUE: 'told two increments the same value',
  ORDER: 'showed values that no order of the calls explains',
  UNEXPLAINED_INCREMENT: 'grew by steps that none of its own calls can have made',
  DUPLICATE: 'grew by steps that only repeated increments explain',
  LOST_INCREMENT: 'has no step left for an acknowledged increment',
};

/** Each value may be possible by itself, and still no order of the calls explain them all. */
function orderBreaches(
  calls: readonly Operation[],
  all: readonly Operation[],
  claims: Claims,
): readonly Breach[] {
  const told = new Set(calls);
  const { session, upstream } = calls[0]?.invoke ?? {};
  const others = all.filter(
    (call) =>
      mayIncrement(call) &&
      !told.has(call) &&
      call.invoke.session === session &&
      call.invoke.upstream === upstream,
  );
  const rules: CounterRules = {
    mayRepeat: claims.replay === 'may',
    applicationsMax: claims.replay === 'may' ? REPETITIONS_MAX : 2,
    horizonMs: Infinity,
  };
  const history = [...calls, ...others].map((call) => counterOperation(call, told.has(call)));
  return checkCounter(history, rules).map(({ anomaly, count, witnesses }) => ({
    message: `the counter of ${session} on ${upstream ?? 'its upstream'} ${TOLD[anomaly]} (${count})`,
    evidence: witnesses,
  }));
}

/** An increment without a number in its answer may have been applied once, at any time after it was sent. */
function counterOperation(call: Operation, isCertain: boolean): CounterOperation {
  const value = call.outcome?.payload?.['value'];
  return {
    kind: mayIncrement(call) ? 'increment' : 'read',
    startMs: call.startMs,
    endMs: call.endMs,
    isCertain,
    ref: opRef(call),
    ...(isCertain && typeof value === 'number' && { value }),
  };
}

function isAcknowledgedIncrement({ invoke, outcome }: Operation): boolean {
  return invoke.tool?.endsWith('increment') === true && outcome?.type === 'ok';
}

/** Increments of two client sessions in one upstream session, by the ledger. */
function mixedCounters(
  operations: readonly Operation[],
  ledger: Parameters<typeof joinLedger>[1],
): readonly Breach[] {
  const { services } = joinLedger(operations, ledger);
  const bySession = Map.groupBy(services, (service) => service.upstreamSession.key);
  return [...bySession.values()].flatMap((users) => {
    const owner = users[0];
    const stranger = users.find(
      (user) => user.operation.invoke.session !== owner?.operation.invoke.session,
    );
    if (owner === undefined || stranger === undefined) return [];
    const strangers = users.filter(
      (user) => user.operation.invoke.session !== owner.operation.invoke.session,
    );
    const names = [...new Set(strangers.map((user) => user.operation.invoke.session))];
    const message =
      `${strangers.length} calls of ${names.join(', ')} were served by ` +
      `the upstream session of ${owner.operation.invoke.session} on ${owner.upstreamSession.upstream}`;
    return [{ message, evidence: [ledgerRef(owner.line), ledgerRef(stranger.line)] }];
  });
}
