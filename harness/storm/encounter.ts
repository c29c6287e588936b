/**
 * Which fault really met which kind of operation in which phase, read from what was recorded: the
 * receipts say when it became active, history and ledger how far the operation had come by then.
 */

import type { FaultKind } from '../fault/receipt.ts';
import type { JudgedReceipt } from '../history/effect.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { FactValues } from '../history/facts.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { opRef } from '../history/join.ts';
import { isWitness } from '../history/landed.ts';
import { operationsOf, type Operation } from '../history/operation.ts';
import type { OperationKind, Phase, ScheduledFaultKind } from '../schedule/schedule.ts';

export interface Encounter {
  readonly fault: ScheduledFaultKind;
  readonly operation: OperationKind;
  readonly phase: Phase;
}

export interface Recording {
  readonly events: readonly HistoryEvent[];
  readonly ledger: readonly LedgerEntry[];
  /** With what came of them. */
  readonly receipts: readonly JudgedReceipt[];
}

/** One operation of the schedule as it went, on the machine's monotonic clock. */
interface Course {
  readonly index: number;
  readonly kind: OperationKind;
  readonly upstream: string | undefined;
  /** As `h12`. */
  readonly ref: string;
  /** Whether its outcome would show a touch: not where its client gave it up, nor a DELETE, which no target needs its upstream to answer. */
  readonly isWitness: boolean;
  readonly startMs: number;
  /** Its request is in the upstream's ledger. */
  readonly executingMs: number;
  /** The first message ahead of its answer reached the client. */
  readonly streamingMs: number;
  readonly endMs: number;
}

/** They delay whatever passes: one that was seen to do so did it to all that were under way. */
export const DELAYING: readonly ScheduledFaultKind[] = ['latency', 'slicer', 'bandwidth', 'freeze'];

/**
 * Each kind of encounter once. A fault that did not land met nothing, and one that ends calls or fails
 * them only what shows it.
 */
export function encountersOf(recording: Recording): readonly Encounter[] {
  const courses = coursesOf(recording);
  const landed = recording.receipts.filter(({ effect }) => effect?.whyNot === undefined);
  const all = landed.flatMap((receipt) => {
    const touched = new Set(receipt.effect?.touched);
    const fault = scheduledKind(receipt.kind);
    const isMet = (course: Course): boolean =>
      !course.isWitness || DELAYING.includes(fault) || touched.has(course.ref);
    return courses.flatMap((course) =>
      phasesMet(receipt, course)
        // What was over before cannot show a touch.
        .filter((phase) => phase === 'after' || isMet(course))
        .map((phase): Encounter => ({
          fault,
          operation: course.kind,
          phase,
        })),
    );
  });
  return [...new Map(all.map((one) => [encounterKey(one), one])).values()];
}

export function encounterKey({ fault, operation, phase }: Encounter): string {
  return `${fault} × ${operation} × ${phase}`;
}

/** Between request and acknowledgement nobody knows when exactly a fault became active: it may be any moment of that. */
function phasesMet(receipt: JudgedReceipt, course: Course): readonly Phase[] {
  const { requestedAtMs: from, acknowledgedAtMs: to, healRequestedAtMs = Infinity } = receipt;
  if (to === undefined || receipt.aim === undefined) return [];
  if (course.upstream !== undefined && course.upstream !== receipt.upstream) return [];
  const { startMs, executingMs, streamingMs, endMs } = course;
  if (startMs >= to) return startMs < healRequestedAtMs ? ['idle'] : [];
  if (endMs < from) {
    const isAimed = receipt.aim.operation === course.index && receipt.aim.phase === 'after';
    return isAimed ? ['after'] : [];
  }
  const overlaps = (begin: number, end: number): boolean =>
    begin < end && begin <= to && end >= from;
  const met: Phase[] = [];
  if (overlaps(startMs, Math.min(executingMs, endMs))) met.push('sent');
  if (overlaps(executingMs, Math.min(streamingMs, endMs))) met.push('executing');
  if (overlaps(streamingMs, endMs)) met.push('streaming');
  return met;
}

function coursesOf({ events, ledger }: Recording): readonly Course[] {
  const operations = operationsOf(events);
  const streaming = new Map<number, number>();
  for (const event of events) {
    if (event.kind !== 'message' || event.op === undefined) continue;
    if (!streaming.has(event.op)) streaming.set(event.op, event.atMs);
  }
  const executing = new Map<string, number>();
  for (const line of ledger) {
    if (line.kind !== 'request' || line.opId === undefined) continue;
    if (!executing.has(line.opId)) executing.set(line.opId, line.atMs);
  }
  return events
    .filter((event) => event.kind === 'fact')
    .filter((event) => event.name === 'scheduled-operation')
    .flatMap(({ seq, value }) => {
      const { operation: index, kind, session } = value as FactValues['scheduled-operation'];
      const found = operations.find(({ invoke }) => invoke.seq > seq && invoke.session === session);
      if (found === undefined) return [];
      const { invoke, startMs, endMs }: Operation = found;
      return [
        {
          index,
          kind,
          upstream: invoke.upstream,
          ref: opRef(found),
          isWitness: kind !== 'delete' && isWitness(found),
          startMs,
          endMs,
          executingMs: executing.get(invoke.opId ?? '') ?? Infinity,
          streamingMs: streaming.get(invoke.op) ?? Infinity,
        },
      ];
    });
}

/** A schedule calls a stopped process "freeze"; the others are called alike. */
function scheduledKind(kind: FaultKind): ScheduledFaultKind {
  return kind === 'stop' ? 'freeze' : (kind as ScheduledFaultKind);
}
