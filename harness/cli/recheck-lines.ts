/** A bundle that was judged again, told to a person. */

import { REQUIREMENTS } from '../../scenarios/requirements.ts';
import type { Finding } from '../checks/check.ts';
import { cited } from '../report/cited.ts';
import type { Colours } from '../report/colours.ts';
import { durationText } from '../report/duration-text.ts';
import { violationLines } from '../report/violation-lines.ts';
import type { Judged } from '../run/judge.ts';
import type { Rechecked } from '../run/recheck.ts';
import type { ScenarioResult } from '../run/result.ts';

/** One bundle by itself: everything that a run would have said of it. */
export function oneBundleLines(
  folder: string,
  { bundle, now, changes }: Rechecked,
  colours: Colours,
): readonly string[] {
  const { provenance, recorded, judged } = bundle;
  const { suite, target, seed, startedAt } = provenance;
  const result: ScenarioResult = {
    ...now,
    id: recorded.scenario,
    title: provenance.title,
    durationMs: provenance.durationMs,
    requirements: provenance.requirements,
    repeat: provenance.repeat,
    bundle: folder,
  };
  const isTold = now.verdict === 'fail' || now.verdict === 'inconclusive';
  return [
    `${recorded.scenario} against ${target.name} ${target.version}, seed ${seed}`,
    `recorded ${startedAt} by mcp-gauntlet ${suite.version}: ${judged.verdict}`,
    `judged again: ${now.verdict}${changes.isChanged ? ', not what was recorded' : ', the same'}`,
    ...changeLines({ bundle, now, changes }),
    ...(now.reason === undefined ? [] : [`      ${now.reason}`]),
    ...notApplicableLines(now),
    ...(isTold ? violationLines(provenance, cited(result, REQUIREMENTS), colours) : []),
    `the run took ${durationText(provenance.durationMs)}; exit code ${now.exitCode}`,
  ];
}

/** Which checks had nothing to say, and why, those of one reason together. */
function notApplicableLines({ checks }: Judged): readonly string[] {
  const left = checks.filter(({ verdict }) => verdict === 'not-applicable');
  return [...Map.groupBy(left, ({ reason = 'outside the claims' }) => reason)].map(
    ([reason, of]) => `      not applicable: ${of.map(({ id }) => id).join(', ')}: ${reason}`,
  );
}

/** One of many: a line, and what changed below it. */
export function ofManyLines(
  folder: string,
  rechecked: Rechecked,
  colours: Colours,
): readonly string[] {
  const { recorded, now, isChanged } = rechecked.changes;
  const fired = now.fired.length === 0 ? '' : ` by ${now.fired.join(', ')}`;
  if (!isChanged) return [`${colours.dim('same   ')} ${folder}: ${now.verdict}${fired}`];
  return [
    `${colours.yellow('CHANGED')} ${folder}: ${recorded.verdict} → ${now.verdict}${fired}`,
    ...changeLines(rechecked),
  ];
}

function changeLines({ now, changes }: Rechecked): readonly string[] {
  if (!changes.isChanged) return [];
  const { recorded, gone, added } = changes;
  const quiet = recorded.fired.filter((id) => !changes.now.fired.includes(id));
  const loud = changes.now.fired.filter((id) => !recorded.fired.includes(id));
  return [
    ...(recorded.verdict === changes.now.verdict
      ? []
      : [
          `verdict: ${recorded.verdict} then, ${now.verdict} now${now.reason === undefined ? '' : `: ${now.reason}`}`,
        ]),
    ...(quiet.length === 0 ? [] : [`no longer fires: ${quiet.join(', ')}`]),
    ...(loud.length === 0 ? [] : [`fires now: ${loud.join(', ')}`]),
    ...findingLines('gone', gone),
    ...findingLines('new', added),
  ].map((line) => `        ${line}`);
}

const FINDINGS_MAX = 3;

function findingLines(word: string, findings: readonly Finding[]): readonly string[] {
  const more = findings.length - FINDINGS_MAX;
  return [
    ...findings
      .slice(0, FINDINGS_MAX)
      .map(
        ({ check, anomaly, message, evidence }) =>
          `${word}: ${check}${anomaly === undefined ? '' : ` ${anomaly}`}: ${message} (${evidence.join(', ')})`,
      ),
    ...(more > 0 ? [`${word}: and ${more} more`] : []),
  ];
}
