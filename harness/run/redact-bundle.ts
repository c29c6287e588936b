/**
 * Takes secrets out of what a run left behind, as data: no number, no key and no name that judging
 * rests on is touched, so that a bundle stays readable and is judged as the run was.
 */

import type { Finding } from '../checks/check.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { ownNames } from '../report/own-names.ts';
import type { Redactor } from '../report/redact.ts';
import type { Bundle } from './bundle.ts';
import { changesBetween, type Changes } from './changes.ts';
import type { Judged } from './judge.ts';
import type { Doubts, FindingKey, Recorded } from './recorded.ts';

/**
 * What may be kept of a recording, and its verdict, which is the one that `recheck` will come to: a
 * finding stands that is made both with the hidden words and without them.
 */
export function judgeRedacted(
  recorded: Recorded,
  redactor: Redactor,
  verdictOn: (recorded: Recorded) => Judged,
): { readonly recorded: Recorded; readonly judged: Judged } {
  const clean = redactor.value(recorded, namesIn(recorded));
  const judged = verdictOn(clean);
  if (clean === recorded) return { recorded, judged };
  const changes = changesBetween(verdictOn(recorded), judged);
  if (!changes.isChanged) return { recorded: clean, judged };
  const doubted = { ...clean, doubts: doubtsOf(changes, recorded.doubts) };
  return { recorded: doubted, judged: verdictOn(doubted) };
}

/** @param before what was in doubt when it was judged last, without the lines that came late. */
function doubtsOf({ gone, added }: Changes, before: Doubts | undefined): Doubts {
  const differing = [...gone, ...added].map(({ check }) => check);
  const checks = [...new Set([...(before?.checks ?? []), ...differing])];
  const findings = [...(before?.findings ?? []), ...added.map(keyOf)];
  const what = checks.length === 0 ? 'the verdict' : `what ${checks.join(', ')} found`;
  return {
    message: `${what} rests on words that are hidden in all that is written, such as a header's value or what follows a header's name, and what they alone prove is left out: give that header another value, or keep its name out of the answers`,
    checks,
    findings,
  };
}

function keyOf({ check, anomaly, evidence }: Finding): FindingKey {
  return { check, ...(anomaly !== undefined && { anomaly }), evidence };
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
  const { scenario, checks, claims, control, events, ledger, receipts, doubts } = recorded;
  // A message is the target's from its method on.
  const ours = events.filter(({ kind }) => kind !== 'message');
  return ownNames(
    [{ scenario, checks }, control, doubts, ours, ledger.map(writtenByFixture)],
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
