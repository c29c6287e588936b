/**
 * The second join with the ledger, at the run's end. An increment that was applied after its scenario
 * had been judged is added to the scenario that issued it, and one that nobody issued to the scenario
 * that was the last on its lane; both are then judged anew.
 */

import type { LedgerEntry } from '../history/ledger.ts';
import { conclude, type Finished, type RunContext } from './run-scenario.ts';

/** What all fixtures of one lane wrote. */
export interface LaneLedger {
  readonly lane: number;
  readonly lines: readonly LedgerEntry[];
}

type Bundled = Pick<Finished, 'opPrefix' | 'lane' | 'bundle'>;

export async function joinLate(
  finished: readonly Finished[],
  ledgers: readonly LaneLedger[],
  context: RunContext,
): Promise<readonly Finished[]> {
  const late = lateLines(finished, ledgers, (opId) => context.opPrefixes.of(opId));
  return Promise.all(
    finished.map(async (one) => {
      const own = late.get(one);
      return own === undefined ? one : judgedWith(one, own, context);
    }),
  );
}

/**
 * The applications that no bundle has yet, by the scenario that they belong to.
 * @param prefixOf undefined for an opId that nobody of the run sent.
 */
export function lateLines<One extends Bundled>(
  finished: readonly One[],
  ledgers: readonly LaneLedger[],
  prefixOf: (opId: string) => string | undefined,
): ReadonlyMap<One, readonly LedgerEntry[]> {
  const byPrefix = new Map(finished.map((one) => [one.opPrefix, one]));
  const byLane = Map.groupBy(finished, ({ lane }) => lane);
  const late = new Map<One, LedgerEntry[]>();
  for (const { lane, lines } of ledgers) {
    const here = byLane.get(lane) ?? [];
    const known = new Set(here.flatMap(({ bundle }) => bundle.recorded.ledger.map(identity)));
    for (const line of lines) {
      if (line.kind !== 'apply' || known.has(identity(line))) continue;
      const prefix = prefixOf(line.opId);
      const one = prefix === undefined ? lastBefore(line.atMs, here) : byPrefix.get(prefix);
      if (one === undefined) continue;
      const own = late.get(one) ?? [];
      late.set(one, own);
      own.push(line);
    }
  }
  return late;
}

function lastBefore<One extends Bundled>(atMs: number, onLane: readonly One[]): One | undefined {
  return onLane.findLast(({ bundle }) => (bundle.recorded.events[0]?.atMs ?? Infinity) <= atMs);
}

function judgedWith(
  { job, opPrefix, lane, bundle }: Finished,
  late: readonly LedgerEntry[],
  context: RunContext,
): Promise<Finished> {
  const { recorded, ...rest } = bundle;
  const joined = { ...recorded, ledger: inPlace(recorded.ledger, late) };
  return conclude({ ...rest, job, opPrefix, lane, recorded: joined }, context);
}

/** Each of them where its fixture wrote it, as one in a session that nobody calls may be older than what was seen. */
export function inPlace(
  seen: readonly LedgerEntry[],
  late: readonly LedgerEntry[],
): readonly LedgerEntry[] {
  const all = [...seen];
  for (const line of late) {
    const before = all.findLastIndex((one) => isOfOneLife(one, line) && one.seq < line.seq);
    const behind = all.findIndex((one) => isOfOneLife(one, line));
    all.splice(before >= 0 ? before + 1 : behind >= 0 ? behind : all.length, 0, line);
  }
  return all;
}

function isOfOneLife(one: LedgerEntry, other: LedgerEntry): boolean {
  return one.upstream === other.upstream && one.epoch === other.epoch;
}

/** Upstreams of a lane have names of their own, and epochs of an upstream are told apart. */
function identity({ upstream, epoch, seq }: LedgerEntry): string {
  return `${upstream}/${epoch}/${seq}`;
}
