/**
 * Takes secrets out of what a run left behind, as data: no number, no key and no name that judging
 * rests on is touched, so that a bundle stays readable and is judged as the run was.
 */

import type { LedgerEntry } from '../history/ledger.ts';
import { EXIT } from '../report/exit-codes.ts';
import { ownNames } from '../report/own-names.ts';
import type { Redactor } from '../report/redact.ts';
import type { Bundle } from './bundle.ts';
import { changesBetween } from './changes.ts';
import type { Judged } from './judge.ts';
import type { Recorded, Trouble } from './recorded.ts';

/** A header's value that answers are judged by, such as "session" where they tell of a loss. */
const INDISPENSABLE: Trouble = {
  message:
    "the value of one of the target's headers is hidden in all that is written, and without it the answers are judged otherwise: give that header another value",
  exitCode: EXIT.inconclusive,
  voidsFindings: true,
};

/**
 * What may be kept of a recording, and its verdict, which is the one that `recheck` will come to:
 * evidence that cannot be kept proves nothing.
 */
export function judgeRedacted(
  recorded: Recorded,
  redactor: Redactor,
  verdictOn: (recorded: Recorded) => Judged,
): { readonly recorded: Recorded; readonly judged: Judged } {
  const clean = redactor.value(recorded, namesIn(recorded));
  const judged = verdictOn(clean);
  if (clean === recorded || !changesBetween(verdictOn(recorded), judged).isChanged) {
    return { recorded: clean, judged };
  }
  const doubted = { ...clean, trouble: INDISPENSABLE };
  return { recorded: doubted, judged: verdictOn(doubted) };
}

export function redactBundle(bundle: Bundle, redactor: Redactor): Bundle {
  const { recorded, judged, provenance, schedule, targetLog } = bundle;
  const { title, requirements, startedAt, tools } = provenance;
  const own = ownNames(
    [judged, { title, requirements, startedAt, tools }],
    [judged.receipts, schedule],
  );
  const clean = redactor.value(bundle, namesIn(recorded).union(own));
  if (targetLog.length === 0) return clean;
  // As a whole: a scheme and its token may stand on two lines.
  return { ...clean, targetLog: redactor.text(targetLog.join('\n')).split('\n') };
}

function namesIn(recorded: Recorded): ReadonlySet<string> {
  const { scenario, checks, claims, control, events, ledger, receipts } = recorded;
  // A message is the target's from its method on.
  const ours = events.filter(({ kind }) => kind !== 'message');
  return ownNames(
    [{ scenario, checks }, control, ours, ledger.map(writtenByFixture)],
    [claims, receipts, ledger.flatMap((line) => (line.kind === 'control' ? [line.command] : []))],
  );
}

/** Without what it only wrote down: ids, methods and tools that a target asked it for. */
function writtenByFixture(line: LedgerEntry): unknown {
  const { kind, epoch, upstream } = line;
  const own = { kind, epoch, upstream };
  if (line.kind === 'initialize') return { ...own, session: line.session, nonce: line.nonce };
  return line.kind === 'break' || line.kind === 'disconnect' ? { ...own, how: line.how } : own;
}
