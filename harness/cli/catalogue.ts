/** What the suite knows by name: scenarios, checks, requirements, and issues of real gateways. */

import type { Check } from '../checks/check.ts';
import { CHECKS } from '../checks/index.ts';
import type { Scenario } from '../run/scenario.ts';
import type { Issue } from '../../scenarios/issues.ts';
import type { Requirement } from '../../scenarios/requirements.ts';

export interface Catalogue {
  readonly scenarios: readonly Scenario[];
  readonly checks: readonly Check[];
  /** By requirement id. */
  readonly requirements: Readonly<Record<string, Requirement>>;
  readonly issues: readonly Issue[];
}

/** Imported when a command needs it: `--help` and a wrong flag answer at once. */
export async function loadCatalogue(): Promise<Catalogue> {
  const [{ loadScenarios }, { REQUIREMENTS }, { ISSUES }] = await Promise.all([
    import('../../scenarios/index.ts'),
    import('../../scenarios/requirements.ts'),
    import('../../scenarios/issues.ts'),
  ]);
  return {
    scenarios: await loadScenarios(),
    checks: CHECKS,
    requirements: REQUIREMENTS,
    issues: Object.values(ISSUES),
  };
}
