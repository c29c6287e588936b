import { check, type Breach } from './judgement.ts';
import { countUpTo } from '../history/in-time-order.ts';
import { opRef } from '../history/join.ts';
import { tellsLoss } from '../history/loss.ts';
import type { FaultKind, Receipt } from '../fault/receipt.ts';
import type { Evidence } from './check.ts';
import { onceFor } from '../history/once-for.ts';
import type { Operation } from '../history/operation.ts';
import {
  callsBySession,
  deletedAtMs,
  deletesBySession,
  describe,
  describeOutcome,
  exposure,
  isMeantToSucceed,
  toolCalls,
} from './selectors.ts';
import { vainTry } from './vain-try.ts';

/** Faults that strike every session of an upstream, those that are idle among them. */
const WHOLESALE: readonly FaultKind[] = [
  'down',
  'kill',
  'forget-sessions',
  'silent-sessions',
  'blackhole',
];

/** One client session on one upstream that a fault struck. */
interface Struck {
  readonly session: string;
  readonly calls: readonly Operation[];
  /** No fault struck it any more. */
  readonly sinceMs: number;
  /** What it called once no fault could touch it any more. */
  readonly after: readonly Operation[];
}

/** Whether its user can go on without it. */
interface Replacement {
  readonly breaches: readonly Breach[];
  readonly isOpen?: boolean;
}

/** After a fault every session it struck works again, or was told that its state is gone; and its user can go on. */
export const worksAfterwards = check({
  id: 'works-afterwards',
  title: 'Once the fault is healed, everything works again',
  requirements: ['SES-06', 'STR-19'],
  judges: 'protocol',
  examine(evidence) {
    const groups = Map.groupBy(toolCalls(evidence), ({ invoke }) =>
      JSON.stringify([invoke.session, invoke.upstream]),
    );
    const struck = [...groups.values()].flatMap((calls) => struckBy(calls, evidence));
    const judged = struck.map((one) => {
      const own = breachOf(one, evidence);
      return own.length > 0 ? { one, breaches: own } : { one, ...inVain(one, evidence) };
    });
    const untried = judged.filter(
      ({ one, breaches, isOpen = false }) =>
        breaches.length === 0 && (isOpen || isUntried(one, evidence)),
    );
    return {
      examined: struck.length,
      breaches: judged.flatMap(({ breaches }) => breaches),
      inconclusive:
        untried.length > 0
          ? `${untried.length} of ${struck.length} struck sessions were not tried after the fault`
          : undefined,
    };
  },
});

function struckBy(calls: readonly Operation[], evidence: Evidence): readonly Struck[] {
  const first = calls[0];
  if (first === undefined) return [];
  const { isExposed } = exposure(evidence);
  const exposed = calls.filter((call) => isExposed(call) && call.invoke.hostile !== true);
  const wholesale = strikesIdle(calls, evidence);
  if (exposed.length === 0 && wholesale.length === 0) return [];
  const sinceMs = [
    ...exposed.map((call) => call.startMs),
    ...wholesale.map((receipt) => receipt.healedAtMs ?? Infinity),
  ].reduce((latest, atMs) => Math.max(latest, atMs), -Infinity);
  const after = calls.filter(
    (call) =>
      call.outcome !== undefined &&
      call.startMs > sinceMs &&
      !isExposed(call) &&
      isMeantToSucceed(call, evidence),
  );
  return [{ session: first.invoke.session, calls, sinceMs, after }];
}

/** The session lived on an upstream when that was struck as a whole, whether it called meanwhile or not. */
function strikesIdle(calls: readonly Operation[], evidence: Evidence): readonly Receipt[] {
  const { session, upstream } = (calls[0] as Operation).invoke;
  let workedMs = Infinity;
  let overMs = deletedAtMs(evidence, session);
  for (const { outcome, endMs } of calls) {
    if (outcome?.type === 'ok') workedMs = Math.min(workedMs, endMs);
    if (outcome?.status === 404) overMs = Math.min(overMs, endMs);
  }
  const strikes = wholesaleIn(evidence.receipts);
  return strikes
    .slice(countUpTo(strikes, workedMs), countUpTo(strikes, overMs))
    .map(({ receipt }) => receipt)
    .filter((receipt) => (upstream ?? receipt.upstream) === receipt.upstream);
}

/** In order of time. */
const wholesaleIn = onceFor((receipts: readonly Receipt[]) =>
  receipts
    .filter(({ kind, opIds }) => WHOLESALE.includes(kind) && opIds === undefined)
    .map((receipt) => ({ receipt, atMs: receipt.requestedAtMs }))
    .toSorted((a, b) => a.atMs - b.atMs),
);

function isUntried(one: Struck, evidence: Evidence): boolean {
  return one.after.length === 0 && !hasMovedOn(one, evidence) && !isEndedByClient(one, evidence);
}

/** It was told of the loss while the fault still lasted, and its user went on in a new session. */
function hasMovedOn({ calls }: Struck, evidence: Evidence): boolean {
  const told = calls.find(({ outcome }) => outcome !== undefined && tellsLoss(outcome));
  return told !== undefined && hasSuccessor(told, evidence);
}

/** It could not be tried any more: its own client had sent DELETE by the time the fault was over. */
function isEndedByClient({ session }: Struck, { operations }: Evidence): boolean {
  return deletesBySession(operations).has(session);
}

function breachOf({ session, after }: Struck, evidence: Evidence): readonly Breach[] {
  const failing = after.slice(after.findLastIndex(({ outcome }) => outcome?.type === 'ok') + 1);
  const first = failing[0];
  if (first === undefined) return [];
  const wedged = failing.find((call) => !isNews(call, first));
  const message =
    wedged === undefined
      ? `${session} was told that its state is lost, and no new session of its user worked afterwards`
      : `${describe(wedged)} still failed after the fault was healed: ${describeOutcome(wedged)}`;
  if (wedged === undefined && hasSuccessor(first, evidence)) return [];
  return [{ message, evidence: [opRef(wedged ?? first)] }];
}

/** It did not work again itself, and no new session of its user does; open where the last of those was not tried. */
function inVain({ session, calls, sinceMs, after }: Struck, evidence: Evidence): Replacement {
  if (after.at(-1)?.outcome?.type === 'ok') return { breaches: [] };
  const vain = vainTry((calls[0] as Operation).invoke, sinceMs, evidence);
  if (vain === undefined || !vain.isLast) return { breaches: [], isOpen: vain !== undefined };
  const { failed } = vain;
  const message = `${describe(failed)} failed, and no session that was opened in place of ${session} after the fault was healed works: ${describeOutcome(failed)}`;
  return { breaches: [{ message, evidence: [opRef(failed)] }] };
}

/** Told once, to all calls that were in flight then; only 404 is told for ever. */
function isNews({ outcome, startMs }: Operation, first: Operation): boolean {
  if (outcome === undefined || !tellsLoss(outcome)) return false;
  return outcome.status === 404 || startMs <= first.endMs;
}

/** Whether a call worked in a session which the same user opened after that answer. */
function hasSuccessor(told: Operation, { operations }: Evidence): boolean {
  return (lastWorkingMs(operations).get(told.invoke.user) ?? 0) > told.endMs;
}

/** When each user opened the last session in which a call worked. */
const lastWorkingMs = onceFor((operations: readonly Operation[]) => {
  const lastMs = new Map<string | undefined, number>();
  for (const [first, ...others] of callsBySession(operations).values()) {
    const openedMs = (first as Operation).startMs;
    for (const { invoke, outcome } of [first as Operation, ...others]) {
      if (invoke.method !== 'tools/call' || outcome?.type !== 'ok') continue;
      lastMs.set(invoke.user, Math.max(openedMs, lastMs.get(invoke.user) ?? 0));
    }
  }
  return lastMs;
});
