/** Which errors of a load run a fault explains, and what the others are. */

import { EXPOSURE_TOLERANCE_MS } from '../harness/history/exposure.ts';
import { tellsLoss } from '../harness/history/loss.ts';
import type { Receipt } from '../harness/fault/receipt.ts';
import type { ErrorLine } from './k6/lib/lines.ts';
import { STRUCK, type LoadEvidence } from './load-evidence.ts';

export type ErrorFate =
  /** Its interval overlaps a fault on its path. */
  | 'exposed'
  /** The news, once a session, that a fault cost it its state. */
  | 'loss-told'
  /** A refusal or a timeout that no fault explains: the target, or this machine, is full. */
  | 'capacity'
  | 'unexplained';

export class FaultWindows {
  readonly #windows: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly #offsetMs: number;

  constructor({ receipts, clock }: Pick<LoadEvidence, 'receipts' | 'clock'>) {
    const tolerance = EXPOSURE_TOLERANCE_MS + clock.uncertaintyMs;
    this.#offsetMs = clock.offsetMs;
    this.#windows = receipts.map((receipt: Receipt) => ({
      fromMs: receipt.requestedAtMs - tolerance,
      toMs: (receipt.healedAtMs ?? Infinity) + tolerance,
    }));
  }

  /** Monotonic milliseconds. */
  overlap(fromMs: number, toMs: number): boolean {
    return this.#windows.some((window) => fromMs <= window.toMs && toMs >= window.fromMs);
  }

  /** Wall-clock milliseconds, whole ones: the end may lie up to one later. */
  overlapWall(fromMs: number, toMs: number): boolean {
    return this.overlap(fromMs - this.#offsetMs, toMs + 1 - this.#offsetMs);
  }
}

/** The fate of each error that is not an isolation violation. */
export function fatesOf(evidence: LoadEvidence): ReadonlyMap<ErrorLine, ErrorFate> {
  const windows = new FaultWindows(evidence);
  const errors = evidence.lines.filter((line) => line.kind === 'error');
  const fates = new Map<ErrorLine, ErrorFate>();
  for (const error of errors) {
    if (error.cause !== 'isolation') fates.set(error, fateOf(error, windows, evidence));
  }
  const isCapacity = (error: ErrorLine): boolean => {
    const afterFault = windows.overlapWall(-Infinity, error.toMs);
    return isRefusal(error, evidence) && !(error.upstream === STRUCK && afterFault);
  };
  const isFull = [...fates].some(([error, fate]) => fate === 'unexplained' && isCapacity(error));
  // After a fault, a struck user's refusal may be the damage: it is excused only if others are refused, too.
  if (isFull && !mustHoldLoad(evidence)) {
    const isExcused = asksForMore(evidence) ? () => true : isRefusal;
    for (const [error, fate] of fates) {
      if (fate === 'unexplained' && isExcused(error, evidence)) fates.set(error, 'capacity');
    }
  }
  return fates;
}

function fateOf(
  error: ErrorLine,
  windows: FaultWindows,
  { sharesEndpoint }: LoadEvidence,
): ErrorFate {
  const namesNone = sharesEndpoint && error.op !== 'increment';
  if (error.upstream !== STRUCK && !namesNone) return 'unexplained';
  if (windows.overlapWall(error.fromMs, error.toMs)) return 'exposed';
  const { status, text } = error;
  const isNews = tellsLoss({ type: 'info', kind: 'rpc-error', status, message: text });
  const wasStruck = windows.overlapWall(error.sessionSinceMs, error.toMs);
  return isNews && wasStruck ? 'loss-told' : 'unexplained';
}

/** A gateway says in many ways that it waited in vain; it always takes its time for it. */
function isRefusal(error: ErrorLine, evidence: LoadEvidence): boolean {
  const { status, cause, fromMs, toMs } = error;
  const isLate = toMs - fromMs >= boundMs(evidence);
  return status === 429 || status === 503 || cause === 'timeout' || isLate;
}

/** How long an answer may take: what the target says of itself, at most what the users wait. */
function boundMs({ claims, requestTimeoutMs }: LoadEvidence): number {
  return Math.min(claims.requestTimeoutMs ?? Infinity, requestTimeoutMs);
}

/** A full target fails in many ways; nobody is promised a way beyond what the target claims. */
function asksForMore({ claims, users }: LoadEvidence): boolean {
  return claims.users !== undefined && users > claims.users;
}

/** A timing check is void where our own machine was late by this share of the bound. */
const NOISE_SHARE_MAX = 0.25;

/** On two idle cores, a target that holds 1,000 users waits a quarter of the run for k6, proxy and fixtures. */
const CPU_WAIT_SHARE_MAX = 0.5;

/** The target claims so many users, and our own machine let it serve them. */
function mustHoldLoad(evidence: LoadEvidence): boolean {
  const { claims, users, noise, cpuWaitShare } = evidence;
  const lateMs = Math.max(noise.lagMaxMs, noise.probeMaxMs);
  if (lateMs > boundMs(evidence) * NOISE_SHARE_MAX || cpuWaitShare > CPU_WAIT_SHARE_MAX)
    return false;
  return claims.users !== undefined && claims.users >= users;
}
