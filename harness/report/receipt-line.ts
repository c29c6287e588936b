/** One fault in one line: when it was active, what was seen of it and by whom, what it touched. */

import type { JudgedReceipt, Sighting } from '../history/effect.ts';

/** Faults that are told of one scenario; the bundle has all. */
const RECEIPTS_MAX = 6;

/** Times are counted from the first fault's request. */
export function receiptLines(receipts: readonly JudgedReceipt[]): readonly string[] {
  const originMs = Math.min(...receipts.map(({ requestedAtMs }) => requestedAtMs));
  const more = receipts.length - RECEIPTS_MAX;
  return [
    ...receipts.slice(0, RECEIPTS_MAX).map((receipt) => receiptLine(receipt, originMs)),
    ...(more > 0 ? [`… and ${more} more in the bundle`] : []),
  ];
}

function receiptLine(receipt: JudgedReceipt, originMs: number): string {
  const { id, kind, upstream, acknowledgedAtMs, healedAtMs, effect } = receipt;
  const at = (ms: number): string => `${Math.round(ms - originMs)} ms`;
  const from = acknowledgedAtMs === undefined ? 'never active' : `active ${at(acknowledgedAtMs)}`;
  const to = healedAtMs === undefined ? 'never healed' : `healed ${at(healedAtMs)}`;
  return [
    `${id} ${kind} on ${upstream}: ${from}, ${to}`,
    ...(effect === undefined
      ? []
      : [
          `touched ${effect.touched.length} of ${effect.exposed.length} exposed calls`,
          seenText(effect.seen),
          ...(effect.whyNot === undefined ? [] : ['did not land']),
        ]),
  ].join('; ');
}

/** "seen: FIN, refused (tool), 3 × error (client)" */
function seenText(seen: readonly Sighting[]): string {
  if (seen.length === 0) return 'nothing was seen of it';
  const by = [...Map.groupBy(seen, (one) => one.by)].map(([witness, of]) => {
    const signs = of.map(({ sign, count }) => (count === 1 ? sign : `${count} × ${sign}`));
    return `${signs.join(', ')} (${witness})`;
  });
  return `seen: ${by.join(', ')}`;
}
