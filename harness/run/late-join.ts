/**
 * The second join with the ledger, at the run's end: an increment that was applied after its
 * scenario had been judged is added to the scenario that issued it, which is then judged anew.
 */

import type { LedgerEntry } from '../history/ledger.ts';
import { conclude, type Finished, type RunContext } from './run-scenario.ts';

/** @param ledger everything that all fixtures of the run wrote. */
export async function joinLate(
  finished: readonly Finished[],
  ledger: readonly LedgerEntry[],
  context: RunContext,
): Promise<readonly Finished[]> {
  const byPrefix = Map.groupBy(ledger.filter(hasOpId), (entry) => prefixOf(entry.opId));
  return Promise.all(
    finished.map((one) => withLate(one, byPrefix.get(one.opPrefix) ?? [], context)),
  );
}

async function withLate(
  one: Finished,
  own: readonly LedgerEntry[],
  context: RunContext,
): Promise<Finished> {
  const known = new Set(one.bundle.recorded.ledger.map(identity));
  const late = own.filter((entry) => entry.kind === 'apply' && !known.has(identity(entry)));
  if (late.length === 0) return one;
  const { recorded, ...rest } = one.bundle;
  const joined = { ...recorded, ledger: [...recorded.ledger, ...late] };
  return conclude({ ...rest, job: one.job, opPrefix: one.opPrefix, recorded: joined }, context);
}

function identity(entry: LedgerEntry): string {
  return `${entry.upstream}/${entry.epoch}/${entry.seq}/${entry.atMs}`;
}

function hasOpId(entry: LedgerEntry): entry is LedgerEntry & { readonly opId: string } {
  return 'opId' in entry && entry.opId !== undefined;
}

/** "12:" of "12:alice/1.3". */
function prefixOf(opId: string): string {
  return opId.slice(0, opId.indexOf(':') + 1);
}
