/** What the control arm shows of a scenario's findings: what remains after it is the target's own. */

import type { Control } from '../run/recorded.ts';
import type { ScenarioResult } from '../run/result.ts';

const NOT_SAID = 'the recording does not say whether it was looked for';

/** Without the words of the findings that it took away; those are in the reason of the verdict. */
export function controlLines({
  control,
  findings,
}: Pick<ScenarioResult, 'control' | 'findings'>): readonly string[] {
  if (control === undefined || findings.length === 0) return [];
  if (control.whyNot !== undefined) return [`control arm: none, ${control.whyNot}`];
  const checks = [...new Set(findings.map(({ check }) => check))];
  const open = Map.groupBy(
    checks.filter((check) => control.passed?.includes(check) !== true),
    (check) => whyOpen(check, control),
  );
  const passed = checks.filter((check) => control.passed?.includes(check) === true);
  const about = (some: readonly string[]): string =>
    some.length === checks.length ? '' : ` about ${some.join(', ')}`;
  return [
    ...(passed.length === 0
      ? []
      : [
          `control arm: without the target, straight against the fixture, ${passed.length === checks.length ? 'this' : `what ${passed.join(', ')} found`} does not happen`,
        ]),
    ...[...open].map(([why, some]) => `control arm: it proves nothing${about(some)}: ${why}`),
  ];
}

function whyOpen(check: string, { unproven }: Control): string {
  return unproven?.find((one) => one.check === check)?.why ?? NOT_SAID;
}
