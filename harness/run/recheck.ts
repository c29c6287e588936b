/** Judges old bundles with today's checks, without a network, and says what is judged otherwise. */

import type { Check } from '../checks/check.ts';
import { ALWAYS, CHECKS } from '../checks/index.ts';
import { UsageError } from '../errors.ts';
import type { Bundle } from './bundle.ts';
import { changesBetween, type Changes } from './changes.ts';
import { judge, type Judged } from './judge.ts';
import { readBundle } from './read-bundle.ts';

export interface Rechecked {
  readonly bundle: Bundle;
  readonly now: Judged;
  readonly changes: Changes;
}

/** @throws {UsageError} if the directory is no bundle, or names a check that no longer exists. */
export async function recheck(directory: string): Promise<Rechecked> {
  const bundle = await readBundle(directory);
  const now = judge(bundle.recorded, checksNamed(bundle.recorded.checks));
  return { bundle, now, changes: changesBetween(bundle.judged, now) };
}

/** The checks of a scenario by their ids, after those that judge every scenario. */
export function checksNamed(ids: readonly string[]): readonly Check[] {
  const own = ids.map((id) => {
    const check = CHECKS.find((candidate) => candidate.id === id);
    if (check !== undefined) return check;
    throw new UsageError(`there is no check "${id}" in this version; see "mcp-gauntlet list"`);
  });
  return [...new Set([...ALWAYS, ...own])];
}
