/** The summary that a CI system shows under a job. */

import { stripVTControlCharacters } from 'node:util';
import type { Finding } from '../checks/check.ts';
import { powerOfRun } from '../run/power.ts';
import type { RunResult, ScenarioResult, Verdict } from '../run/result.ts';
import { recheckCommand, replayCommand } from './again.ts';
import { allResults, groupOf, totalsOf } from './all-results.ts';
import { baselineLines } from './baseline-lines.ts';
import { basisText } from './basis-text.ts';
import { controlLines } from './control-lines.ts';
import { durationText } from './duration-text.ts';
import { EXIT } from './exit-codes.ts';
import { interruptedText } from './interrupted-text.ts';
import { detectsText, percent, runWorthText } from './power-text.ts';
import { ownNames } from './own-names.ts';
import { receiptLines } from './receipt-line.ts';
import type { Redactor } from './redact.ts';

/** Findings of one check that are spelled out; CI systems cut a summary at a megabyte. */
const FINDINGS_MAX = 3;

export function markdownReport(secretive: RunResult, redactor: Redactor): string {
  // Before anything is escaped: a secret with an underscore would not be found again.
  const run = redactor.value(secretive, ownNames(allResults(secretive)));
  const results = allResults(run);
  const trouble = results.filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive');
  return [
    ...headOf(run),
    ...errorOf(run),
    ...(run.error !== undefined && results.length === 0 ? [] : [...tableOf(results), '']),
    ...trouble.flatMap((result) => detailOf(run, result)),
    ...greenOf(results),
    ...baselineLines(run).map((line) => `- ${cell(line)}`),
    '',
  ].join('\n');
}

function headOf(run: RunResult): readonly string[] {
  return [
    `## mcp-gauntlet ${run.suite.version}: ${cell(run.target.name)} ${cell(run.target.version)}`,
    '',
    `Seed ${run.seed}, ${durationText(run.durationMs)}, exit code ${run.exitCode}. Repeat it with`,
    '',
    fenced(run.command),
    '',
  ];
}

function errorOf(run: RunResult): readonly string[] {
  if (run.error === undefined) return [];
  const isInterrupted = run.exitCode === EXIT.interrupted;
  if (!isInterrupted) return [`**The run could not begin:** ${cell(run.error)}`, ''];
  const isJudged = allResults(run).length > 0;
  return [`**Interrupted:** ${cell(isJudged ? run.error : interruptedText(run))}`, ''];
}

function tableOf(results: readonly ScenarioResult[]): readonly string[] {
  const row = (name: string, of: readonly ScenarioResult[]): string => {
    const { pass, fail, inconclusive, notApplicable } = totalsOf(of);
    return `| ${name} | ${pass} | ${fail} | ${inconclusive} | ${notApplicable} |`;
  };
  return [
    '| group | pass | fail | inconclusive | not applicable |',
    '|---|--:|--:|--:|--:|',
    ...[...Map.groupBy(results, ({ id }) => groupOf(id))].map(([group, of]) => row(group, of)),
    row('**all**', results),
  ];
}

/** What each green verdict rests on, folded away. */
function greenOf(results: readonly ScenarioResult[]): readonly string[] {
  const green = results.filter(({ verdict }) => verdict === 'pass');
  const worth = powerOfRun(green);
  if (worth.judged === 0) return [];
  return [
    `<details><summary>${runWorthText(worth)}.</summary>`,
    '',
    '| passed | calls | unknown | exposed | faults | detects |',
    '|---|--:|--:|--:|--:|--:|',
    ...green.map(({ id, repeat, operations, receipts, power }) => {
      const name = repeat === 0 ? id : `${id} (repeat ${repeat + 1})`;
      const { unknown = 0 } = power ?? {};
      const detects = power === undefined ? '' : detectsText(power);
      return `| ${cell(name)} | ${operations.total} | ${unknown} | ${operations.exposed} | ${receipts.length} | ${detects} |`;
    }),
    '',
    '| check | looked at | detects |',
    '|---|--:|--:|',
    ...worth.checks.map(
      ({ check = '', judged, detectable95 }) =>
        `| ${check} | ${judged} | ${percent(detectable95)} |`,
    ),
    '',
    '</details>',
    '',
  ];
}

function detailOf(run: RunResult, result: ScenarioResult): readonly string[] {
  const recheck = recheckCommand(result);
  return [
    `### ${MARK[result.verdict]} \`${result.id}\``,
    '',
    `${cell(result.title)}${reasonOf(result)}`,
    '',
    ...diagnosisOf(result),
    ...[...Map.groupBy(result.findings, ({ check }) => check).values()].flatMap(findingLines),
    ...controlLines(result).map((line) => `- ${cell(line)}`),
    ...receiptLines(result.receipts).map((line) => `- fault ${cell(line)}`),
    '',
    fenced([replayCommand(run, result), ...(recheck === undefined ? [] : [recheck])].join('\n')),
    '',
  ];
}

function diagnosisOf({ diagnosis }: ScenarioResult): readonly string[] {
  if (diagnosis === undefined) return [];
  const { headline, also, timeLine } = diagnosis;
  return [
    `**${cell(headline)}**`,
    '',
    ...also.flatMap((clause) => [`Also ${cell(clause)}.`, '']),
    ...(timeLine.length === 0 ? [] : [fenced(timeLine.map(fencedLine).join('\n'), 'text'), '']),
  ];
}

function findingLines(findings: readonly Finding[]): readonly string[] {
  const more = findings.length - FINDINGS_MAX;
  const sentence = findings[0]?.sentence;
  return [
    ...findings
      .slice(0, FINDINGS_MAX)
      .map(
        (finding) =>
          `- **${finding.check}** (${cell(basisText(finding))}): ${cell(finding.message)}` +
          ` _${cell(finding.evidence.join(', '))}_`,
      ),
    ...(sentence === undefined ? [] : [`  - broken: ${cell(sentence)}`]),
    ...(more > 0 ? [`- … and ${more} more of ${findings[0]?.check ?? ''} in the bundle`] : []),
  ];
}

/** Its first line: what follows is a log, and is in the bundle or the console's output. */
function reasonOf({ reason }: ScenarioResult): string {
  return reason === undefined ? '' : `: ${cell(reason.split('\n')[0] ?? '')}`;
}

const MARK: Readonly<Record<Verdict, string>> = {
  pass: 'Pass',
  fail: 'Fail',
  inconclusive: 'Inconclusive',
  'not-applicable': 'Not applicable',
};

/** Text from outside, on one line and without the characters that would end a cell or open a tag. */
function cell(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_|<>[\]]/g, '\\$&');
}

function fenced(text: string, language = 'sh'): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Nothing in a fence needs to be escaped but its end. */
function fencedLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('`', "'");
}
