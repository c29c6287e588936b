/** Judges old bundles with today's checks, without a network, and says what is judged otherwise. */

import type { Check } from '../checks/check.ts';
import { ALWAYS, CHECKS } from '../checks/index.ts';
import { UsageError } from '../errors.ts';
import type { Bundle } from './bundle.ts';
import { changesBetween, type Changes } from './changes.ts';
import { judge, type Judged } from './judge.ts';
import { readBundle } from './read-bundle.ts';
import type { Recorded } from './recorded.ts';

export interface Rechecked {
  readonly bundle: Bundle;
  readonly now: Judged;
  readonly changes: Changes;
}

export interface RecheckOptions {
  /** Judges by the answers alone, as where the upstreams are not the suite's own. */
  readonly withoutLedger?: boolean;
}

/** @throws {UsageError} naming the directory, if it is no bundle or names a check that no longer exists. */
export async function recheck(directory: string, options: RecheckOptions = {}): Promise<Rechecked> {
  const bundle = await readBundle(directory);
  const gone = bundle.recorded.checks.find((id) => checkNamed(id) === undefined);
  if (gone !== undefined) {
    throw new UsageError(
      `the bundle ${directory} names the check "${gone}", and this version has none of that name: use the version that wrote it, ${bundle.provenance.suite.version}`,
    );
  }
  const { recorded } = bundle;
  const judged: Recorded =
    options.withoutLedger === true ? { ...recorded, hasNoLedger: true } : recorded;
  const now = judge(judged, checksNamed(recorded.checks));
  return { bundle, now, changes: changesBetween(bundle.judged, now) };
}

/** The checks of a scenario by their ids, after those that judge every scenario. */
export function checksNamed(ids: readonly string[]): readonly Check[] {
  const own = ids.map((id) => {
    const check = checkNamed(id);
    if (check !== undefined) return check;
    throw new UsageError(`there is no check "${id}" in this version; see "mcp-gauntlet list"`);
  });
  return [...new Set([...ALWAYS, ...own])];
}

function checkNamed(id: string): Check | undefined {
  return CHECKS.find((check) => check.id === id);
}
