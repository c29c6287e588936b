/** What a finding rests on: the requirement's id, and whose word it is beyond the specification. */

import type { Finding } from '../checks/check.ts';

/** "ISO-02, default contract (sessions: per-client)" */
export function basisText({ requirement, contract, claim }: Finding): string {
  const whose =
    contract === undefined ? [] : [contract + (claim === undefined ? '' : ` (${claim})`)];
  return [requirement, ...whose].filter((part) => part !== '').join(', ');
}
