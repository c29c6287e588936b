/**
 * From what was recorded to a verdict. Pure: `recheck` calls it on old bundles without a network.
 *
 * No evidence, no pass. A violation outweighs any doubt, except where the instrument itself broke:
 * then nothing is blamed on the target.
 */

import type { Check, Evidence, Finding } from '../checks/check.ts';
import { NO_LEDGER } from '../checks/judgement.ts';
import { receiptsOfCalls, exposureOf, EXPOSED_SHARE_MAX } from '../history/exposure.ts';
import { withEffects, type JudgedReceipt } from '../history/effect.ts';
import { operationsOf, type Operation } from '../history/operation.ts';
import { encountersOf } from '../storm/encounter.ts';
import { whyUnmet } from '../storm/unmet.ts';
import { diagnose } from '../oracle/diagnosis.ts';
import { EXIT } from '../report/exit-codes.ts';
import { without } from './changes.ts';
import { powerOfScenario, whyTooUnknown } from './power.ts';
import type { Doubts, Recorded } from './recorded.ts';
import type { CheckResult, OperationCounts, ScenarioResult, Verdict } from './result.ts';

export type Judged = Pick<
  ScenarioResult,
  | 'verdict'
  | 'reason'
  | 'ownError'
  | 'exitCode'
  | 'findings'
  | 'receipts'
  | 'operations'
  | 'checks'
  | 'power'
  | 'met'
  | 'unmet'
  | 'control'
  | 'diagnosis'
>;

/** @param checks the scenario's own and those that judge every scenario. */
export function judge(recorded: Recorded, checks: readonly Check[]): Judged {
  const evidence = evidenceOf(recorded);
  const judged = checks
    .map((check) => judgeOne(check, evidence))
    .map((one) => inView(one, recorded))
    .map((one) => withoutDoubtful(one, recorded.doubts));
  // What was not recorded cannot be blamed on the target.
  const lost = whyIncomplete(recorded);
  const voided = recorded.trouble?.voidsFindings === true || lost !== undefined;
  const findings = voided ? [] : judged.flatMap((one) => one.findings);
  const { doubts } = recorded;
  const { operations, ledger, noise } = evidence;
  const receipts = withEffects(evidence.receipts, operations, ledger, noise);
  const counts = count(evidence);
  const results = judged.map(({ result }) => (voided ? withoutVerdict(result) : result));
  const base = {
    findings,
    receipts,
    operations: counts,
    power: powerOfScenario(results, recorded.checks, counts.total - counts.ok - counts.fail),
    checks: results,
    ...(recorded.control !== undefined && { control: recorded.control }),
    ...(recorded.isGenerated === true && { met: encountersOf({ ...recorded, receipts }) }),
  };
  const diagnosis = diagnose(evidence, findings);
  if (diagnosis !== undefined) {
    const more = doubts !== undefined && { reason: doubts.message };
    return { ...base, verdict: 'fail', ...more, exitCode: EXIT.violation, diagnosis };
  }
  // What broke the experiment is told before what a check made of the pieces.
  const isPieces = voided || doubts !== undefined;
  const thrown = isPieces ? undefined : judged.find((one) => one.thrown !== undefined)?.thrown;
  if (thrown !== undefined) return { ...base, ...doubtful(thrown, EXIT.ownError) };
  const doubt = whyInDoubt(recorded, judged, lost) ?? whyInconclusive(recorded, evidence, receipts);
  if (doubt !== undefined) return { ...base, ...doubtful(doubt, recorded.trouble?.exitCode) };
  return { ...base, ...soundVerdict(recorded, base) };
}

/** Where the experiment itself is in no doubt, and nothing was violated. */
function soundVerdict(
  { isGenerated, checks: ownIds }: Recorded,
  { receipts, checks }: Pick<Judged, 'checks'> & { readonly receipts: readonly JudgedReceipt[] },
): Pick<Judged, 'verdict' | 'reason' | 'exitCode' | 'unmet'> {
  const unmet = isGenerated === true ? whyUnmet(receipts) : undefined;
  return unmet === undefined ? summary(checks, ownIds) : { ...doubtful(unmet), unmet: true };
}

/** What went wrong on our side, the gravest first. */
function whyInDoubt(
  recorded: Recorded,
  judged: readonly One[],
  lost: string | undefined,
): string | undefined {
  const ours = judged.find((one) => isOurs(one, recorded));
  return recorded.doubts?.message ?? recorded.trouble?.message ?? lost ?? ours?.result.reason;
}

/** The verdict where the experiment itself is in doubt. */
function doubtful(
  reason: string,
  exitCode: number = EXIT.inconclusive,
): Pick<Judged, 'verdict' | 'reason' | 'ownError' | 'exitCode'> {
  const isOwn = exitCode === EXIT.ownError;
  return { verdict: 'inconclusive', reason, exitCode, ...(isOwn && { ownError: true }) };
}

/** The verdict where nothing was violated and the experiment itself is sound. */
function summary(
  results: readonly CheckResult[],
  ownIds: readonly string[],
): { verdict: Verdict; reason?: string; exitCode: number } {
  const open = results.find((result) => result.verdict === 'inconclusive');
  if (open !== undefined) {
    const reason = open.reason ?? `${open.id} could not be judged`;
    return { verdict: 'inconclusive', reason, exitCode: EXIT.inconclusive };
  }
  const own = results.filter((result) => ownIds.includes(result.id));
  const blind = own.find(({ reason }) => reason === NO_LEDGER);
  if (blind !== undefined) {
    const reason = `${blind.id} could not be judged: ${NO_LEDGER}`;
    return { verdict: 'inconclusive', reason, exitCode: EXIT.inconclusive };
  }
  const first = own[0];
  if (first !== undefined && own.every((result) => result.verdict === 'not-applicable')) {
    const reason = first.reason ?? 'outside the claims';
    return { verdict: 'not-applicable', reason, exitCode: EXIT.ok };
  }
  return { verdict: 'pass', exitCode: EXIT.ok };
}

function evidenceOf(recorded: Recorded): Evidence {
  const operations = operationsOf(recorded.events);
  const { scenario, claims, events, hasNoLedger, noise } = recorded;
  const ledger = hasNoLedger === true ? [] : recorded.ledger;
  const receipts = [...recorded.receipts, ...receiptsOfCalls(operations, ledger)];
  return {
    scenario,
    claims,
    events,
    operations,
    ledger,
    ...(hasNoLedger !== undefined && { hasNoLedger }),
    receipts,
    noise,
  };
}

interface One {
  readonly result: CheckResult;
  readonly findings: readonly Finding[];
  readonly thrown?: string;
}

/** What one check found, in view of what else is known: the control arm, and whether anybody chose what it looked at. */
function inView(one: One, recorded: Recorded): One {
  if (isOurs(one, recorded)) return withheld(one);
  return recorded.isGenerated === true ? withoutDemands(one) : one;
}

/** What hidden words decide is not told by those that are left. */
function withoutDoubtful(one: One, doubts: Doubts | undefined): One {
  const { result } = one;
  if (doubts?.checks.includes(result.id) !== true) return one;
  const findings = without(one.findings, doubts.findings);
  if (findings.length > 0) return { ...one, findings };
  return {
    ...one,
    result: { ...result, verdict: 'inconclusive', reason: doubts.message },
    findings,
  };
}

/** The control arm failed it, too. */
function isOurs({ result }: One, { control }: Recorded): boolean {
  return control?.failed.includes(result.id) === true;
}

function withheld({ result }: One): One {
  const reason = `straight against the fixture, without the target, ${result.id} fails as well: the suite is at fault, and the target is not blamed`;
  return { result: { ...result, verdict: 'inconclusive', reason }, findings: [] };
}

/** Nobody chose a drawn schedule so that this check has something to look at. */
function withoutDemands(one: One): One {
  const { verdict, examined } = one.result;
  if (verdict !== 'inconclusive' || examined > 0 || one.thrown !== undefined) return one;
  return { ...one, result: { ...one.result, verdict: 'not-applicable' } };
}

/** The instrument broke: whatever the check found, it proves nothing. */
function withoutVerdict(result: CheckResult): CheckResult {
  if (result.verdict !== 'fail') return result;
  return {
    ...result,
    verdict: 'inconclusive',
    reason: 'the instrument broke, so nothing is blamed',
  };
}

function judgeOne(check: Check, evidence: Evidence): One {
  try {
    const outside = check.notApplicable?.(evidence.claims);
    if (outside !== undefined) return notApplicable(check, outside);
    const judgement = check.judge(evidence);
    if (judgement.notApplicable !== undefined) {
      return notApplicable(check, judgement.notApplicable);
    }
    const { examined, findings, inconclusive, ownError } = judgement;
    if (ownError !== undefined) {
      const { id } = check;
      const result = { id, verdict: 'inconclusive', examined, reason: ownError } as const;
      return { result, findings, thrown: ownError };
    }
    const verdict =
      findings.length > 0 ? 'fail' : inconclusive === undefined ? 'pass' : 'inconclusive';
    const result = { id: check.id, verdict, examined } as const;
    if (inconclusive === undefined) return { result, findings };
    return { result: { ...result, reason: inconclusive }, findings };
  } catch (error) {
    const thrown = `the check ${check.id} threw: ${error instanceof Error ? error.message : String(error)}`;
    return {
      result: { id: check.id, verdict: 'inconclusive', examined: 0, reason: thrown },
      findings: [],
      thrown,
    };
  }
}

function notApplicable({ id }: Check, reason: string): One {
  return { result: { id, verdict: 'not-applicable', examined: 0, reason }, findings: [] };
}

function whyInconclusive(
  recorded: Recorded,
  evidence: Evidence,
  receipts: readonly JudgedReceipt[],
): string | undefined {
  const { operations } = evidence;
  const answered = operations.filter(({ outcome }) => outcome !== undefined).length;
  if (answered < recorded.operationsMin) {
    return `only ${answered} operations were answered, of the ${recorded.operationsMin} that prove something`;
  }
  if (recorded.isGenerated === true) return undefined;
  const why = receipts.find(({ effect }) => effect?.whyNot !== undefined)?.effect?.whyNot;
  if (why !== undefined) return `a fault did not land: ${why}`;
  const { total, exposed } = count(evidence);
  if (exposed > total * EXPOSED_SHARE_MAX) {
    return `${exposed} of ${total} operations were exposed to a fault, too many to say anything about the rest`;
  }
  return whyTooUnknown(evidence);
}

/** Every event has its number and every operation its invoke, or the history lost something. */
function whyIncomplete({ events, issued }: Recorded): string | undefined {
  const inOrder = events.every((event, index) => event.seq === index);
  if (events.length === issued.events && !inOrder) return 'the history is out of order';
  if (events.length !== issued.events) {
    return `the history has ${events.length} of the ${issued.events} events that were recorded`;
  }
  const ops = new Set(events.filter((event) => event.kind === 'invoke').map((event) => event.op));
  if (ops.size === issued.ops) return undefined;
  return `the history knows ${ops.size} of the ${issued.ops} operations that were begun`;
}

function count({ operations, receipts }: Evidence): OperationCounts {
  const { isExposed } = exposureOf(receipts);
  const ofType = (type: string): number =>
    operations.filter(({ outcome }: Operation) => outcome?.type === type).length;
  return {
    total: operations.length,
    ok: ofType('ok'),
    fail: ofType('fail'),
    info: ofType('info'),
    exposed: operations.filter(isExposed).length,
  };
}
