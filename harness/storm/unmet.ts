import type { JudgedReceipt } from '../history/effect.ts';

/**
 * Whether a schedule has faults and none of them met anybody, which proves nothing and speaks against
 * nobody. Who drew them did not know what they would meet: some may miss, not all.
 */
export function isUnmet(receipts: readonly JudgedReceipt[]): boolean {
  // What one call does to itself was not aimed at anything, and cannot miss.
  const aimed = receipts.filter(({ aim }) => aim !== undefined);
  return aimed.length > 0 && aimed.every(({ effect }) => effect?.whyNot !== undefined);
}
