import type { JudgedReceipt } from '../history/effect.ts';

/**
 * Why a schedule proves nothing where it has faults and none of them met anybody; undefined: some did.
 * Who drew them did not know what they would meet: some may miss, not all.
 */
export function whyUnmet(receipts: readonly JudgedReceipt[]): string | undefined {
  // What one call does to itself was not aimed at anything, and cannot miss.
  const aimed = receipts.filter(({ aim }) => aim !== undefined);
  const missed = aimed.flatMap(({ effect }) => effect?.whyNot ?? []);
  if (aimed.length === 0 || missed.length < aimed.length) return undefined;
  return `no fault of the schedule landed: ${missed.join('; ')}`;
}
