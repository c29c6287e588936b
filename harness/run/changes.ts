/** What another judgement of the same evidence says otherwise. */

import type { Finding } from '../checks/check.ts';
import type { Judged } from './judge.ts';
import type { FindingKey } from './recorded.ts';
import type { Verdict } from './result.ts';

interface Said {
  readonly verdict: Verdict;
  /** The checks that found something, each once, sorted. */
  readonly fired: readonly string[];
}

export interface Changes {
  readonly recorded: Said;
  readonly now: Said;
  /** Findings that are no longer made. */
  readonly gone: readonly Finding[];
  /** Findings that were not made then. */
  readonly added: readonly Finding[];
  /** Whether anything of the above differs. */
  readonly isChanged: boolean;
}

export function changesBetween(recorded: Judged, now: Judged): Changes {
  const gone = without(recorded.findings, now.findings);
  const added = without(now.findings, recorded.findings);
  return {
    recorded: said(recorded),
    now: said(now),
    gone,
    added,
    isChanged: recorded.verdict !== now.verdict || gone.length + added.length > 0,
  };
}

function said({ verdict, findings }: Judged): Said {
  return { verdict, fired: [...new Set(findings.map(({ check }) => check))].sort() };
}

/** Each finding answers for one other: two that are alike are not gone because one of them is left. */
export function without(
  findings: readonly Finding[],
  others: readonly FindingKey[],
): readonly Finding[] {
  const left = [...others];
  return findings.filter((finding) => {
    const at = left.findIndex((other) => isSame(finding, other));
    if (at < 0) return true;
    left.splice(at, 1);
    return false;
  });
}

/** The same breach by the same evidence, however it is worded; an anomaly that was not named differs from none. */
function isSame(one: FindingKey, other: FindingKey): boolean {
  if (one.check !== other.check) return false;
  if (one.anomaly !== undefined && other.anomaly !== undefined && one.anomaly !== other.anomaly) {
    return false;
  }
  return [...one.evidence].sort().join(' ') === [...other.evidence].sort().join(' ');
}
