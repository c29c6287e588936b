/**
 * What recordings of the control arm say of the checks that convict the target: each fails there as
 * well, passes there, or is left open. Only an experiment that was sound and looked at the matter
 * shows that something does not happen without the target.
 */

import type { Check } from '../checks/check.ts';
import { judge, type Judged } from './judge.ts';
import type { Control, Recorded } from './recorded.ts';

type Word = 'failed' | 'passed' | { readonly why: string };

/**
 * @param blamed the checks that convict the target.
 * @param parts what the scenario left behind without it; a schedule with two upstreams has two parts.
 */
export function controlFrom(
  blamed: readonly Check[],
  parts: readonly Recorded[],
): Required<Omit<Control, 'whyNot'>> {
  const words = blamed
    .map((check) => ({ check: check.id, word: wordOn(check, parts) }))
    .sort((one, other) => (one.check < other.check ? -1 : 1));
  const named = (said: Word): readonly string[] =>
    words.filter(({ word }) => word === said).map(({ check }) => check);
  return {
    failed: named('failed'),
    passed: named('passed'),
    unproven: words.flatMap(({ check, word }) =>
      typeof word === 'string' ? [] : [{ check, why: word.why }],
    ),
  };
}

/** Judged by itself: what another check found there, or could not judge, says nothing of this one. */
function wordOn(check: Check, parts: readonly Recorded[]): Word {
  const judged = parts.map((part) => judge(part, [check]));
  if (judged.some(({ findings }) => findings.length > 0)) return 'failed';
  const doubt = judged.find(({ verdict }) => verdict === 'inconclusive');
  if (doubt !== undefined) return { why: doubt.reason ?? 'it was inconclusive' };
  if (judged.some((one) => verdictOf(one) === 'pass')) return 'passed';
  const why = judged.flatMap(({ checks }) => checks[0]?.reason ?? [])[0];
  return { why: why ?? 'there was nothing to judge' };
}

function verdictOf({ checks }: Judged) {
  return checks[0]?.verdict;
}
