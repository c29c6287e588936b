/**
 * The black box: whether what one client session was told of one counter can be, judged by the
 * answers alone, as for an upstream that keeps no ledger.
 */

import type { Breach } from './judgement.ts';
import { alwaysIncrements, mayIncrement, toldValue } from '../history/counting.ts';
import { opRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import type { checkCounter } from '../oracle/check-counter.ts';
import type { CounterAnomaly, CounterOperation, CounterRules } from '../oracle/counter-history.ts';
import type { Claims } from '../target/claims.ts';
import { describe } from './selectors.ts';

/** More than a target that repeats calls can be thought to repeat one. */
const REPETITIONS_MAX = 100;

const TOLD: Readonly<Record<CounterAnomaly, string>> = {
  DUP_VALUE: 'told two increments the same value',
  ORDER: 'showed values that no order of the calls explains',
  UNEXPLAINED_INCREMENT: 'grew by steps that none of its own calls can have made',
  DUPLICATE: 'grew by steps that only repeated increments explain',
  LOST_INCREMENT: 'has no step left for an acknowledged increment',
};

/** What one client session did to one counter. */
export interface CounterCalls {
  /** Those that were told a value out of one state, in order of invocation. */
  readonly told: readonly Operation[];
  /** Every call of the session that may have incremented on this upstream, those among them or not. */
  readonly asked: readonly Operation[];
}

/** @param blackBox the exact checker. */
export function toldValueBreaches(
  calls: CounterCalls,
  claims: Claims,
  blackBox: typeof checkCounter,
): readonly Breach[] {
  const outside = corridorBreaches(calls, claims);
  return outside.length > 0 ? outside : orderBreaches(calls, claims, blackBox);
}

/** A value above everything this session asked for so far, or below what it was acknowledged, is not its own. */
function corridorBreaches({ told, asked }: CounterCalls, claims: Claims): readonly Breach[] {
  const begun = sorted(asked, ({ startMs }) => startMs);
  const done = sorted(told.filter(isAcknowledgedIncrement), ({ endMs }) => endMs);
  return told.flatMap((call) => {
    const value = Number(toldValue(call));
    const most = countUpTo(begun, call.endMs);
    const acknowledged = countBefore(done, call.startMs);
    // An increment counts itself, too.
    const least = acknowledged + (isAcknowledgedIncrement(call) ? 1 : 0);
    if (value >= least && (value <= most || claims.replay === 'may')) return [];
    const message =
      `${describe(call)} was told ${value}, where its own session had ${acknowledged} acknowledged ` +
      `before and ${most} requested increments`;
    return [{ message, evidence: [opRef(call)] }];
  });
}

/** Each value may be possible by itself, and still no order of the calls explain them all. */
function orderBreaches(
  { told, asked }: CounterCalls,
  claims: Claims,
  blackBox: typeof checkCounter,
): readonly Breach[] {
  const certain = new Set(told);
  const { session, upstream } = told[0]?.invoke ?? {};
  const rules: CounterRules = {
    mayRepeat: claims.replay === 'may',
    applicationsMax: claims.replay === 'may' ? REPETITIONS_MAX : 2,
    horizonMs: Infinity,
  };
  const others = asked.filter((call) => !certain.has(call));
  const history = [...told, ...others].map((call) => counterOperation(call, certain.has(call)));
  return blackBox(history, rules).map(({ anomaly, count, witnesses }) => ({
    message: `the counter of ${session} on ${upstream ?? 'its upstream'} ${TOLD[anomaly]} (${count})`,
    evidence: witnesses,
    anomaly,
  }));
}

/** An increment without a number in its answer may have been applied once, at any time after it was sent. */
function counterOperation(call: Operation, isCertain: boolean): CounterOperation {
  const value = toldValue(call);
  return {
    kind: mayIncrement(call) ? 'increment' : 'read',
    startMs: call.startMs,
    endMs: call.endMs,
    isCertain,
    ref: opRef(call),
    ...(isCertain && value !== undefined && { value }),
  };
}

function isAcknowledgedIncrement(call: Operation): boolean {
  return alwaysIncrements(call) && call.outcome?.type === 'ok';
}

function sorted(
  calls: readonly Operation[],
  of: (call: Operation) => number,
): Readonly<Float64Array> {
  return Float64Array.from(calls, of).sort();
}

function countBefore(times: Readonly<Float64Array>, timeMs: number): number {
  let low = 0;
  for (let high = times.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countUpTo(times: Readonly<Float64Array>, timeMs: number): number {
  let low = countBefore(times, timeMs);
  while (low < times.length && times[low] === timeMs) low += 1;
  return low;
}
