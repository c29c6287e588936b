/**
 * Which part of all possible schedules the next one is drawn from. Schedules in which everything can
 * happen are alike: each has a little of everything and a lot of nothing. So first a few kinds of
 * operations and of faults are enabled, each with a weight, and then the schedule is drawn (swarm
 * testing).
 */

import type { Random } from '../random.ts';
import type { Claims } from '../target/claims.ts';
import {
  FAULT_KINDS,
  OPERATION_KINDS,
  type OperationKind,
  type ScheduledFaultKind,
} from './schedule.ts';

export interface Swarm {
  readonly sessionsMax: number;
  readonly upstreams: number;
  readonly operationsMin: number;
  readonly operationsMax: number;
  readonly faultsMin: number;
  readonly faultsMax: number;
  /** Enabled kinds from benign to severe, each as often as it weighs. */
  readonly operationKinds: readonly [OperationKind, ...OperationKind[]];
  readonly faultKinds: readonly [ScheduledFaultKind, ...ScheduledFaultKind[]];
  readonly gapMaxMs: number;
  readonly executionMaxMs: number;
  readonly faultMaxMs: number;
}

const WEIGHT_MAX = 4;
/** From a burst in which every call overlaps to calls that are done before the next one begins. */
const GAPS_MAX_MS = [2, 30, 150] as const;
const FAULTS_MAX_MS = [100, 250, 600] as const;
/** The last one is long enough for others to be seen waiting behind it. */
const EXECUTIONS_MAX_MS = [100, 250, 600, 2_000] as const;
/** Of a claimed request timeout: what executes longer may meet it on a busy machine, and nobody is to blame. */
const TIMEOUT_SHARE_MAX = 2 / 3;
/** More than a small pool holds. */
const SESSIONS_MAX = 6;

/** Operations and faults that this target claims to know, and none that its own request timeout would end. */
export function drawSwarm(random: Random, claims: Claims): Swarm {
  const kinds = OPERATION_KINDS.filter(
    (kind) =>
      (kind !== 'cancelled' || claims.cancellation) &&
      (kind !== 'delete' || claims.sessions !== 'stateless'),
  );
  const faultsMax = random.int(0, 4);
  const { requestTimeoutMs = Infinity } = claims;
  return {
    sessionsMax: random.int(1, SESSIONS_MAX),
    upstreams: claims.upstreams === 'many' ? 2 : 1,
    operationsMin: 4,
    operationsMax: random.int(6, 30),
    // A schedule without any fault is worth a few draws, not a fifth of them all.
    faultsMin: faultsMax === 0 ? 0 : 1,
    faultsMax,
    operationKinds: weighted(random, kinds, 'increment'),
    faultKinds: weighted(random, FAULT_KINDS, 'latency'),
    gapMaxMs: oneOf(random, GAPS_MAX_MS),
    executionMaxMs: Math.min(
      oneOf(random, EXECUTIONS_MAX_MS),
      Math.round(requestTimeoutMs * TIMEOUT_SHARE_MAX),
    ),
    faultMaxMs: oneOf(random, FAULTS_MAX_MS),
  };
}

/** Every second one is enabled, with a weight from 1 to 4; `fallback` if none is. */
function weighted<Kind>(
  random: Random,
  kinds: readonly Kind[],
  fallback: Kind,
): readonly [Kind, ...Kind[]] {
  const drawn = kinds.flatMap((kind) => {
    const isEnabled = random.int(0, 1) === 1;
    const weight = random.int(1, WEIGHT_MAX);
    return isEnabled ? Array.from({ length: weight }, () => kind) : [];
  });
  const [first = fallback, ...others] = drawn;
  return [first, ...others];
}

function oneOf<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[random.int(0, choices.length - 1)] ?? choices[0];
}
