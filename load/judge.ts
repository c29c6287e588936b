/**
 * The verdict of a load run: a pure function of what k6 wrote, the ledgers and the receipts. Five
 * numbers by name, each of which must be zero; and reasons why nothing can be said.
 */

import { CLOSED_RESOURCE_TEXTS } from '../harness/checks/no-closed-resource-error.ts';
import { EXPOSED_SHARE_MAX } from '../harness/history/exposure.ts';
import type { Verdict } from '../harness/run/result.ts';
import { FaultWindows, fatesOf, type ErrorFate } from './exposed-errors.ts';
import { isEmptyText } from './k6/lib/error-text.ts';
import type { ErrorLine, UserLine } from './k6/lib/lines.ts';
import { joinForUsers, ownerOf, type LedgerJoin } from './ledger-join.ts';
import { STRUCK, type LoadEvidence } from './load-evidence.ts';

export type MetricName =
  | 'isolation_violations'
  | 'closed_resource_errors'
  | 'empty_errors'
  | 'lost_or_doubled'
  | 'unexplained_errors';

export interface LoadMetric {
  readonly name: MetricName;
  readonly requirement: string;
  readonly value: number;
  /** The first few, one sentence each. */
  readonly examples: readonly string[];
}

export interface LoadCounts {
  readonly usersFinished: number;
  readonly calls: number;
  readonly acknowledged: number;
  /** Increments whose fate no answer told. */
  readonly unknown: number;
  readonly sessions: number;
  readonly errors: number;
  /** Increments that a fault could have touched. */
  readonly exposedCalls: number;
  readonly exposedErrors: number;
  readonly lossesTold: number;
  readonly capacityErrors: number;
}

export interface LoadJudgement {
  readonly verdict: Verdict;
  /** Why nothing can be said; empty for pass. A failure outweighs them all but trouble of our own. */
  readonly reasons: readonly string[];
  readonly metrics: readonly LoadMetric[];
  readonly counts: LoadCounts;
}

const EXAMPLES_MAX = 5;

export function judgeLoad(evidence: LoadEvidence): LoadJudgement {
  const users = evidence.lines.filter((line) => line.kind === 'user');
  const errors = evidence.lines.filter((line) => line.kind === 'error');
  const join = joinForUsers(evidence.ledger);
  const fates = fatesOf(evidence);
  const unexplained = [...fates].filter(([, fate]) => fate === 'unexplained');
  const metrics: readonly LoadMetric[] = [
    metric('isolation_violations', 'ISO-02', violations(errors, join)),
    metric('closed_resource_errors', 'ISO-16', errors.filter(isClosedResource).map(tell)),
    metric('empty_errors', 'STR-12', errors.filter(isEmptyText).map(tell)),
    metric('lost_or_doubled', 'RTY-01', lostOrDoubled(evidence, users, errors, join)),
    metric(
      'unexplained_errors',
      'OPS-09',
      // First, because it explains what follows.
      [...evidence.deaths, ...unexplained.map(([error]) => tell(error))],
    ),
  ];
  const counts = countsOf(evidence, users, fates, join);
  const reasons = reasonsAgainst(evidence, counts);
  return { verdict: verdictOf(evidence, metrics, reasons), reasons, metrics, counts };
}

function verdictOf(
  { trouble }: LoadEvidence,
  metrics: readonly LoadMetric[],
  reasons: readonly string[],
): Verdict {
  if (trouble !== undefined) return 'inconclusive';
  if (metrics.some(({ value }) => value > 0)) return 'fail';
  return reasons.length > 0 ? 'inconclusive' : 'pass';
}

function metric(name: MetricName, requirement: string, found: readonly string[]): LoadMetric {
  return { name, requirement, value: found.length, examples: found.slice(0, EXAMPLES_MAX) };
}

function violations(errors: readonly ErrorLine[], join: LedgerJoin): readonly string[] {
  return [
    ...errors.filter(({ cause }) => cause === 'isolation').map(tell),
    ...join.shared.map(
      ([session, users]) =>
        `upstream session ${session} served ${users.length} users: ${users.slice(0, 5).join(', ')}`,
    ),
  ];
}

function isClosedResource({ text }: ErrorLine): boolean {
  return CLOSED_RESOURCE_TEXTS.some((phrase) => text.includes(phrase));
}

/**
 * Acknowledged and not applied exactly once, undecided and applied more than once, or applied
 * though never sent. A target that claims to replay may double.
 */
function lostOrDoubled(
  { claims }: LoadEvidence,
  users: readonly UserLine[],
  errors: readonly ErrorLine[],
  { applied }: LedgerJoin,
): readonly string[] {
  const undecided = new Set(errors.map(({ opId }) => opId).filter((opId) => opId !== undefined));
  const issued = new Map(users.map((user) => [user.user, user.issued]));
  const lost = users.flatMap(({ user, issued: count }) =>
    Array.from({ length: count }, (_, index) => `${user}-${index + 1}`)
      .filter((opId) => !undecided.has(opId) && !applied.has(opId))
      .map((opId) => `${opId} was acknowledged and never applied`),
  );
  const doubled = [...applied]
    .filter(([, times]) => times > 1 && claims.replay === 'never')
    .map(([opId, times]) => `${opId} was applied ${times} times`);
  const invented = [...applied.keys()].flatMap((opId) => {
    const owner = ownerOf(opId);
    const count = issued.get(owner?.user ?? '');
    if (owner === undefined || count === undefined || owner.n <= count) return [];
    return [`${opId} was applied and never sent`];
  });
  return [...lost, ...doubled, ...invented];
}

function countsOf(
  evidence: LoadEvidence,
  users: readonly UserLine[],
  fates: ReadonlyMap<ErrorLine, ErrorFate>,
  join: LedgerJoin,
): LoadCounts {
  const sum = (of: (user: UserLine) => number): number =>
    users.reduce((total, user) => total + of(user), 0);
  const withFate = (fate: ErrorFate): readonly ErrorLine[] =>
    [...fates].filter(([, own]) => own === fate).map(([error]) => error);
  const exposed = withFate('exposed');
  const neverArrived = exposed.filter(({ opId }) => opId !== undefined && !join.received.has(opId));
  const windows = new FaultWindows(evidence);
  const received = [...join.received.values()].filter(
    ({ upstream, startMs, endMs }) => upstream === STRUCK && windows.overlap(startMs, endMs),
  );
  return {
    usersFinished: users.length,
    calls: sum(({ issued }) => issued),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    unknown: sum(({ unknown }) => unknown),
    sessions: sum(({ sessions }) => sessions),
    errors: fates.size,
    exposedCalls: received.length + neverArrived.length,
    exposedErrors: exposed.length,
    lossesTold: withFate('loss-told').length,
    capacityErrors: withFate('capacity').length,
  };
}

function reasonsAgainst(evidence: LoadEvidence, counts: LoadCounts): readonly string[] {
  const { users, lives, faults, receipts, trouble, deaths } = evidence;
  const expected = users * lives;
  const reasons: string[] = [...(trouble === undefined ? [] : [trouble]), ...deaths];
  if (counts.usersFinished < expected) {
    reasons.push(`only ${counts.usersFinished} of ${expected} users finished`);
  }
  if (counts.acknowledged < users) {
    reasons.push(`${counts.acknowledged} answered calls are too few for ${users} users`);
  }
  if (
    faults !== 'none' &&
    receipts.every(({ acknowledgedAtMs }) => acknowledgedAtMs === undefined)
  ) {
    reasons.push('no fault was ever confirmed to be active');
  } else if (faults !== 'none' && counts.exposedErrors === 0) {
    reasons.push(`the faults did not land: none of ${counts.exposedCalls} exposed calls failed`);
  }
  if (counts.exposedCalls > counts.calls * EXPOSED_SHARE_MAX) {
    reasons.push(`${counts.exposedCalls} of ${counts.calls} calls were exposed to a fault`);
  }
  if (counts.capacityErrors > 0) {
    const waited = Math.round(evidence.cpuWaitShare * 100);
    reasons.push(
      `${counts.capacityErrors} refusals or timeouts without a fault: the target is full, or this machine ` +
        `(the target waited for a processor during ${waited} % of the run)`,
    );
  }
  return reasons;
}

function tell({ user, upstream, op, opId, status, cause, text }: ErrorLine): string {
  const what = `${user} (${upstream}) ${opId ?? op}`;
  return `${what}: ${cause}${status > 0 ? ` ${status}` : ''} "${text.slice(0, 200)}"`;
}
