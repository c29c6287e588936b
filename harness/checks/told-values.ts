/**
 * The black box: whether what one client session was told of one counter can be, judged by the
 * answers alone, as for an upstream that keeps no ledger.
 */

import type { Breach } from './judgement.ts';
import { EXPOSURE_TOLERANCE_MS } from '../history/exposure.ts';
import { alwaysIncrements, mayIncrement, toldValue } from '../history/counting.ts';
import { countBefore, countUpTo } from '../history/in-time-order.ts';
import { opRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import type { checkCounter } from '../oracle/check-counter.ts';
import type {
  CounterAnomaly,
  CounterOperation,
  CounterReset,
  CounterRules,
} from '../oracle/counter-history.ts';
import { hasTooManyLives } from '../oracle/lives.ts';
import type { Claims } from '../target/claims.ts';
import { describe } from './selectors.ts';

/** More than a target that repeats calls can be thought to repeat one. */
const REPETITIONS_MAX = 100;

const TOLD: Readonly<Record<CounterAnomaly, string>> = {
  DUP_VALUE: 'told two increments the same value',
  ORDER: 'showed values that no order of the calls explains',
  SPLIT: 'was shown in several states by turns',
  UNEXPLAINED_INCREMENT: 'grew by steps that none of its own calls can have made',
  DUPLICATE: 'grew by steps that only repeated increments explain',
  LOST_INCREMENT: 'has no step left for an acknowledged increment',
};

/** What one client session did to one counter. */
export interface CounterCalls {
  /** Those that succeeded with a value, in order of invocation. */
  readonly told: readonly Operation[];
  /** Every call of the session that may have incremented on this upstream, those among them or not; no refused one. */
  readonly asked: readonly Operation[];
  /** The calls whose answers told the session that its state is gone, in order of arrival. */
  readonly news: readonly Operation[];
}

export interface Told {
  readonly breaches: readonly Breach<CounterAnomaly>[];
  /** Why the answers alone do not say enough, if they do not. */
  readonly undecided?: string;
}

/** @param blackBox the exact checker. */
export function judgeToldValues(
  calls: CounterCalls,
  claims: Claims,
  blackBox: typeof checkCounter,
): Told {
  const breaches = corridorBreaches(calls, claims);
  if (breaches.length > 0) return { breaches };
  const { session, upstream = 'its upstream' } = calls.told[0]?.invoke ?? {};
  const about = `the counter of ${session} on ${upstream}`;
  const mayBeLostUnseen = claims.loss === 'silent' && !isNamed(calls);
  const history = counterHistory(calls);
  const rules: CounterRules = {
    mayRepeat: claims.replay === 'may',
    applicationsMax: claims.replay === 'may' ? REPETITIONS_MAX : 2,
    horizonMs: Infinity,
    resets: resetsOf(calls),
  };
  if (mayBeLostUnseen || (!isNamed(calls) && hasTooManyLives(history, rules))) {
    return { breaches, undecided: `${about} may have begun anew in too many ways to try them all` };
  }
  return {
    breaches: blackBox(history, rules).map(({ anomaly, count, witnesses }) => ({
      message: `${about} ${TOLD[anomaly]} (${count})`,
      evidence: witnesses,
      anomaly,
    })),
  };
}

/** A value above everything this session asked for so far, or below what it was acknowledged, is not its own. */
function corridorBreaches(calls: CounterCalls, claims: Claims): readonly Breach[] {
  const { told, asked, news } = calls;
  const named = isNamed(calls);
  const certain = new Set(told);
  const open = sorted(
    asked.filter((call) => !certain.has(call)),
    ({ startMs }) => startMs,
  );
  const states = Map.groupBy(told, (call) => (named ? stateOf(call) : undefined));
  return [...states.values()].flatMap((own) => {
    const increments = own.filter(alwaysIncrements);
    const begun = sorted(increments, ({ startMs }) => startMs);
    const done = sorted(increments, ({ endMs }) => endMs);
    return own.flatMap((call) => {
      const value = Number(toldValue(call));
      const most = countUpTo(begun, call.endMs) + countUpTo(open, call.endMs);
      const acknowledged = countBefore(done, call.startMs);
      // An increment counts itself, too.
      const least = acknowledged + (alwaysIncrements(call) ? 1 : 0);
      const isMuch = value > most && claims.replay !== 'may';
      // Without their names, two states look like one that went back.
      const isLittle = value < least && (named || (news.length === 0 && claims.loss === 'told'));
      if (!isMuch && !isLittle) return [];
      const message =
        `${describe(call)} was told ${value}, where its own session had ${acknowledged} acknowledged ` +
        `before and ${most} requested increments`;
      return [{ message, evidence: [opRef(call)] }];
    });
  });
}

function counterHistory({ told, asked }: CounterCalls): readonly CounterOperation[] {
  const answered = new Set(told);
  const others = asked.filter((call) => !answered.has(call));
  return [...told, ...others].map(counterOperation);
}

/** An increment that was not acknowledged may have been applied once, at any time after it was sent. */
function counterOperation(call: Operation): CounterOperation {
  const isOk = call.outcome?.type === 'ok';
  const value = isOk ? toldValue(call) : undefined;
  const isCertain = value !== undefined || (isOk && alwaysIncrements(call));
  const state = isCertain ? stateOf(call) : undefined;
  return {
    kind: mayIncrement(call) ? 'increment' : 'read',
    startMs: call.startMs,
    endMs: call.endMs,
    isCertain,
    ref: opRef(call),
    ...(value !== undefined && { value }),
    ...(state !== undefined && { state }),
  };
}

function isNamed({ told }: CounterCalls): boolean {
  return told.every((call) => stateOf(call) !== undefined);
}

/** One state of one counter, as the fixture names it: its process life and its own nonce. */
function stateOf({ outcome }: Operation): string | undefined {
  const { epoch, nonce } = outcome?.payload ?? {};
  return nonce === undefined ? undefined : JSON.stringify([epoch, nonce]);
}

/** State was lost before the client was told so. Between two losses where it was told no value, one is as good. */
function resetsOf({ told, news }: CounterCalls): readonly CounterReset[] {
  const resets: { fromMs: number; toMs: number }[] = [];
  for (const { startMs, endMs } of news.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = resets.at(-1);
    const toMs = endMs + EXPOSURE_TOLERANCE_MS;
    const isQuiet = ({ fromMs }: CounterReset): boolean =>
      !told.some((call) => call.endMs >= fromMs && call.startMs <= toMs);
    if (last !== undefined && isQuiet(last)) last.toMs = Math.max(last.toMs, toMs);
    else resets.push({ fromMs: startMs, toMs });
  }
  return resets;
}

function sorted(
  calls: readonly Operation[],
  of: (call: Operation) => number,
): readonly { readonly atMs: number }[] {
  return calls.map((call) => ({ atMs: of(call) })).toSorted((a, b) => a.atMs - b.atMs);
}
