/**
 * JUnit XML as CI systems read it: a suite per scenario group, a case per scenario. What is broken
 * in the target is a failure; what proves nothing, or went wrong on our side, is an error.
 */

import junitModule, { type TestCase } from 'junit-report-builder';
import { stripVTControlCharacters } from 'node:util';
import type { RunResult, ScenarioResult } from '../run/result.ts';
import { recheckCommand, replayCommand } from './again.ts';
import { allResults, groupOf } from './all-results.ts';
import { basisText } from './basis-text.ts';
import { controlLines } from './control-lines.ts';
import { receiptLines } from './receipt-line.ts';
import { baselineLines } from './baseline-lines.ts';
import type { Redactor } from './redact.ts';

// It is CommonJS whose exports are the builder itself; its types say they have a `default`.
const junit = junitModule as unknown as typeof junitModule.default;

export function junitReport(run: RunResult, redactor: Redactor): string {
  const clean = (text: string): string => xmlText(redactor.text(text));
  const builder = junit.newBuilder().name(`mcp-gauntlet ${run.suite.version}`);
  for (const [group, results] of Map.groupBy(allResults(run), ({ id }) => groupOf(id))) {
    const suite = builder.testSuite().name(group).timestamp(new Date(run.startedAt));
    suite.time(results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000);
    suite.property('seed', String(run.seed));
    suite.property('target', clean(`${run.target.name} ${run.target.version}`));
    suite.property('command', clean(run.command));
    for (const result of results) {
      const testCase = suite.testCase().className(`mcp-gauntlet.${group}`).name(caseName(result));
      testCase.time(result.durationMs / 1000);
      testCase.property('title', clean(result.title));
      if (result.bundle !== undefined) testCase.property('bundle', clean(result.bundle));
      for (const [name, value] of Object.entries(factsOf(result)))
        testCase.property(name, String(value));
      testCase.standardOutput(clean(outputOf(run, result)));
      judge(testCase, result, clean);
    }
  }
  for (const [index, line] of baselineLines(run).entries()) {
    const testCase = builder.testSuite().name('baseline').testCase();
    testCase.className('mcp-gauntlet.baseline').name(`baseline/${index + 1}`);
    testCase.failure(clean(line), 'baseline');
  }
  if (run.error !== undefined) {
    const testCase = builder.testSuite().name('run').testCase().className('mcp-gauntlet.run');
    testCase.name('run/begin').error(clean(run.error), 'harness');
  }
  return builder.build();
}

function judge(testCase: TestCase, result: ScenarioResult, clean: (text: string) => string): void {
  const text = clean(result.reason ?? result.title);
  const reason = text.split('\n')[0];
  if (result.ownError === true) testCase.error(reason, 'harness', text);
  else if (result.verdict === 'inconclusive') testCase.error(reason, 'inconclusive', text);
  else if (result.verdict === 'not-applicable') testCase.skipped();
  else if (result.verdict === 'fail' && result.exitCode === 0) testCase.skipped();
  else if (result.verdict === 'fail') {
    const first = result.findings[0];
    const headline = result.diagnosis?.headline ?? first?.message ?? result.title;
    testCase.failure(clean(headline), first?.check ?? 'unknown');
    testCase.stacktrace(clean(findingsText(result)));
  }
}

/** What the verdict rests on, for those who plot it. */
function factsOf({
  operations,
  receipts,
  power,
}: ScenarioResult): Readonly<Record<string, number>> {
  return {
    operations: operations.total,
    faults: receipts.length,
    ...(power !== undefined && { unknown: power.unknown, detectable95: power.detectable95 }),
  };
}

function caseName(result: ScenarioResult): string {
  return result.repeat === 0 ? result.id : `${result.id} (repeat ${result.repeat + 1})`;
}

function findingsText(result: ScenarioResult): string {
  const { headline, also = [], timeLine = [] } = result.diagnosis ?? {};
  return [
    ...(headline === undefined ? [] : [headline]),
    ...also.map((clause) => `also ${clause}`),
    ...timeLine,
    ...result.findings.flatMap((finding) => [
      `${finding.check} (${basisText(finding)}): ${finding.message}`,
      `  evidence: ${finding.evidence.join(', ')}`,
      ...(finding.sentence === undefined ? [] : [`  broken: ${finding.sentence}`]),
    ]),
    ...controlLines(result),
  ].join('\n');
}

function outputOf(run: RunResult, result: ScenarioResult): string {
  const recheck = recheckCommand(result);
  return [
    ...(result.reason === undefined ? [] : [`${result.verdict}: ${result.reason}`]),
    ...(result.expected ?? []).map(({ check, reason }) => `expected: ${check}: ${reason}`),
    ...receiptLines(result.receipts).map((line) => `fault ${line}`),
    `again: ${replayCommand(run, result)}`,
    ...(recheck === undefined ? [] : [`judge again: ${recheck}`]),
    ...(result.verdict === 'pass' ? [] : (result.targetLog ?? []).map((line) => `log: ${line}`)),
  ].join('\n');
}

/** XML 1.0 has no way to write most control characters and lone surrogates, and target logs have both. */
function xmlText(text: string): string {
  return (
    stripVTControlCharacters(text)
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex -- these are the characters to be taken out
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  );
}
