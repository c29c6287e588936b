/** One scenario that did not pass, told to a person: what, against which requirement, how it is known, how to see it again. */

import { stripVTControlCharacters } from 'node:util';
import type { Finding } from '../checks/check.ts';
import { isExpected } from '../run/baseline-rule.ts';
import type { RunResult, ScenarioResult } from '../run/result.ts';
import { recheckCommand, replayCommand, shrinkCommand } from './again.ts';
import { basisText } from './basis-text.ts';
import type { Colours } from './colours.ts';
import { controlLines } from './control-lines.ts';
import { receiptLines } from './receipt-line.ts';

/** Findings that are printed of one check where no headline tells of all; the bundle has all. */
const FINDINGS_MAX = 3;
const EVIDENCE_MAX = 8;
/** Characters of one line of the target's log; some write a stack trace on one. */
const LOG_LINE_MAX = 300;

export function violationLines(
  run: Pick<RunResult, 'command'>,
  result: ScenarioResult,
  colours: Colours,
): readonly string[] {
  const recheck = recheckCommand(result);
  const shrink = shrinkCommand(result);
  const log = result.targetLog ?? [];
  return [
    ...diagnosisLines(result, colours),
    ...[...Map.groupBy(result.findings, ({ check }) => check).values()].flatMap((findings) =>
      findingLines(findings, result, colours),
    ),
    ...controlLines(result).map(plain),
    ...receiptLines(result.receipts).map((line) => colours.dim(`fault ${plain(line)}`)),
    ...(log.length === 0 ? [] : [colours.dim("the target's last lines of log:")]),
    ...log.map((line) => colours.dim(`  | ${shortened(plain(line))}`)),
    ...(result.verdict === 'fail' || result.bundle !== undefined
      ? [`run it again:   ${replayCommand(run, result)}`]
      : []),
    ...(recheck === undefined ? [] : [`judge it again: ${recheck}`]),
    ...(shrink === undefined ? [] : [`make it small:  ${shrink}`]),
  ].map((line) => `      ${line}`);
}

function diagnosisLines({ diagnosis }: ScenarioResult, colours: Colours): readonly string[] {
  if (diagnosis === undefined) return [];
  const { headline, also, timeLine } = diagnosis;
  return [
    colours.bold(plain(headline)),
    ...also.map((clause) => `  also ${plain(clause)}`),
    ...timeLine.map((line) => `  ${plain(line)}`),
  ];
}

function findingLines(
  findings: readonly Finding[],
  result: ScenarioResult,
  colours: Colours,
): readonly string[] {
  const spelledOut = result.diagnosis === undefined ? FINDINGS_MAX : 1;
  const more = findings.length - spelledOut;
  const sentence = findings[0]?.sentence;
  const check = findings[0]?.check ?? '';
  const isKnown = findings.every((finding) => isExpected(finding, result.expected));
  const reasons = (result.expected ?? [])
    .filter((one) => one.check === check)
    .map(({ reason, anomaly }) => `${anomaly === undefined ? '' : `${anomaly}: `}${plain(reason)}`);
  return [
    ...findings
      .slice(0, spelledOut)
      .flatMap((finding) => [
        `${colours.bold(check)} ${basisText(finding)}`,
        `  ${plain(finding.message)}`,
        colours.dim(`  evidence: ${evidenceText(finding.evidence)}`),
      ]),
    ...(sentence === undefined ? [] : [`  broken: ${plain(sentence)}`]),
    ...(more > 0 ? [`  … and ${more} more of ${check} in the bundle`] : []),
    ...reasons.map((reason) => `  expected by the baseline: ${reason}`),
    ...(reasons.length > 0 && !isKnown
      ? ['  not all of these: another anomaly than the expected one is a regression']
      : []),
  ];
}

function evidenceText(evidence: readonly string[]): string {
  const more = evidence.length - EVIDENCE_MAX;
  return [...evidence.slice(0, EVIDENCE_MAX), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function shortened(text: string): string {
  return text.length > LOG_LINE_MAX ? `${text.slice(0, LOG_LINE_MAX)} …` : text;
}

/** Text from outside must not move the cursor or change the terminal. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters to be taken out
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f]+/g, ' ');
}
