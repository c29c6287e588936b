/**
 * Why a scenario failed, in one sentence for all of its findings, with the few operations that
 * contradict each other. The sentence is the cheapest explanation of the whole history: of the rungs
 * of the ladder, the lowest that explains it together with those below.
 */

import type { Receipt } from '../fault/receipt.ts';
import { ledgerRef, opRef } from '../history/join.ts';
import { upstreamSessionOf } from '../history/upstream-session.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import { ANOMALIES, type Anomaly, type AnomalyName } from './anomaly.ts';
import type { Recording } from './case-file.ts';
import { findAnomalies } from './find-anomalies.ts';
import { atMsOf, countOf, headline } from './headline.ts';
import { isStranger, type Stranger } from './strangers.ts';
import { timeLine } from './time-line.ts';

/** From the cheapest to the dearest; what no rung below explains is unexplainable by repetition, loss or mixing. */
export const LADDER = [
  'duplicates',
  'refused calls applied',
  'reset',
  "another session's operations",
  'unexplainable',
] as const;

export type Rung = (typeof LADDER)[number];

const RUNG_OF: Readonly<Record<AnomalyName, Rung>> = {
  DUPLICATE: 'duplicates',
  FAILED_BUT_APPLIED: 'refused calls applied',
  SILENT_RESET: 'reset',
  SESSION_SPLIT: 'reset',
  SPLIT_BRAIN: 'reset',
  SESSION_SHARED: "another session's operations",
  FOREIGN: "another session's operations",
  MISROUTED: "another session's operations",
  PHANTOM: 'unexplainable',
  LOST: 'unexplainable',
  ORDER: 'unexplainable',
  WRONG_VALUE: 'unexplainable',
};

export interface Diagnosis {
  readonly headline: string;
  /** Absent where what failed has nothing to do with counters. */
  readonly rung?: Rung;
  readonly anomaly?: AnomalyName;
  /** What else there is, a clause each. */
  readonly also: readonly string[];
  /** The smallest witness, drawn; references to history and ledger are those of the findings. */
  readonly timeLine: readonly string[];
}

/** A finding, as far as it is needed here. */
interface Told {
  readonly anomaly?: string;
  readonly message: string;
  readonly evidence: readonly string[];
}

const OPERATIONS_MAX = 4;
const LINES_MAX = 4;
const APPLIED_MAX = 12;
const FAULTS_MAX = 2;

/** @param findings what the checks convicted: what a claim or a fault excused is not the reason. */
export function diagnose(recording: Recording, findings: readonly Told[]): Diagnosis | undefined {
  const [first] = findings;
  if (first === undefined) return undefined;
  const convicted = new Set(findings.map(({ anomaly }) => anomaly));
  const byName = Map.groupBy(
    findAnomalies(recording).anomalies.filter(({ name }) => convicted.has(name)),
    ({ name }) => name,
  );
  const inOrder = [...byName.values()].toSorted(dearestFirst);
  const [main, ...others] = inOrder;
  // What a target does that is no longer there explains itself.
  const death = deathAmong(findings, recording);
  if (main === undefined || death !== undefined) {
    const told = death ?? first;
    const more = findings.length - 1;
    const rest = more === 0 ? [] : [`${more} more ${more === 1 ? 'finding' : 'findings'}`];
    return {
      headline: told.message,
      also: [...inOrder.map((some) => alsoText(some)), ...rest],
      timeLine: drawn(recording, ...referred(recording, told)),
    };
  }
  const [earliest] = main.toSorted((a, b) => atMsOf(a) - atMsOf(b));
  const { name } = earliest as Anomaly;
  return {
    headline: headline(main, recording.events[0]?.atMs ?? 0),
    rung: RUNG_OF[name],
    anomaly: name,
    also: others.map((some) => alsoText(some)),
    timeLine: drawn(recording, ...witnessOf(earliest as Anomaly, recording)),
  };
}

/** The finding that says that the target ended by itself. */
function deathAmong(findings: readonly Told[], { events }: Recording): Told | undefined {
  const fact = events.find((event) => event.kind === 'fact' && event.name === 'target-died');
  if (fact === undefined) return undefined;
  return findings.find(({ evidence }) => evidence[0] === `h${fact.seq}`);
}

function dearestFirst(a: readonly Anomaly[], b: readonly Anomaly[]): number {
  const rung = ([one]: readonly Anomaly[]): number =>
    LADDER.indexOf(RUNG_OF[(one as Anomaly).name]);
  return rung(b) - rung(a) || countOf(b) - countOf(a);
}

function alsoText(some: readonly Anomaly[]): string {
  const { name } = some[0] as Anomaly;
  return `${countOf(some)} × ${name}: ${ANOMALIES[name]}`;
}

type Proof = readonly [operations: readonly Operation[], lines: readonly LedgerEntry[]];

/** What the finding itself points at. */
function referred({ operations, ledger }: Recording, { evidence }: Told): Proof {
  const refs = new Set(evidence);
  return [
    operations.filter((operation) => refs.has(opRef(operation))),
    ledger.filter((line) => refs.has(ledgerRef(line))),
  ];
}

/** The first one that went wrong, and whom it contradicts. */
function witnessOf(anomaly: Anomaly, recording: Recording): Proof {
  const { name, operations, lines } = anomaly;
  const operation = operations[0] as Operation;
  if (isStranger(anomaly)) return [[...ownersCalls(anomaly, recording), operation], []];
  if (name !== 'LOST') return [operations, lines];
  // Whoever was told a value next shows that it did not count.
  const { session, upstream } = operation.invoke;
  const next = recording.operations.find(
    (other) =>
      other.invoke.session === session &&
      other.invoke.upstream === upstream &&
      other.startMs > operation.endMs &&
      other.outcome?.payload?.['value'] !== undefined,
  );
  return [next === undefined ? [operation] : [operation, next], []];
}

/** The owner's first call that was applied to its counter, or the first that it served; none if all were before. */
function ownersCalls(
  { owner, home, ownersFirst }: Stranger,
  recording: Recording,
): readonly Operation[] {
  if (ownersFirst === undefined) return [];
  const applied = new Set<string | undefined>(
    recording.ledger
      .filter((line) => line.kind === 'apply')
      .filter((line) => upstreamSessionOf(line).key === home.key)
      .map(({ opId }) => opId),
  );
  const call = recording.operations.find(
    ({ invoke }) => invoke.session === owner && applied.has(invoke.opId),
  );
  return [call ?? ownersFirst.operation];
}

/** In order of time; whatever was applied for an operation is drawn with it. */
function drawn(
  { events, ledger, receipts }: Recording,
  operations: readonly Operation[],
  proof: readonly LedgerEntry[],
): readonly string[] {
  const some = [...new Set(operations)]
    .slice(0, OPERATIONS_MAX)
    .toSorted((a, b) => a.startMs - b.startMs);
  const own = new Set(some.map(({ invoke }) => invoke.opId));
  const applied = ledger.filter((line) => line.kind === 'apply' && own.has(line.opId));
  const others = proof.filter((line) => !('opId' in line) || !own.has(line.opId));
  const lines = [...applied.slice(0, APPLIED_MAX), ...others.slice(0, LINES_MAX)];
  const times = [
    ...some.flatMap(({ startMs, endMs }) => [startMs, endMs]),
    ...lines.map(({ atMs }) => atMs),
  ];
  const isMeanwhile = ({ opIds, requestedAtMs, healedAtMs = Infinity }: Receipt): boolean =>
    opIds === undefined &&
    times.some((atMs) => atMs >= requestedAtMs) &&
    times.some((atMs) => atMs <= healedAtMs);
  return timeLine({
    operations: some,
    lines,
    receipts: receipts.filter(isMeanwhile).slice(0, FAULTS_MAX),
    zeroMs: events[0]?.atMs ?? 0,
  });
}
