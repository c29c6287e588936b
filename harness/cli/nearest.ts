/** What somebody may have meant who wrote a name that does not exist. */

/** Edits allowed, as a share of the longer word. */
const DISTANCE_SHARE = 0.4;

/** `, did you mean "…"?`, or an empty string when nothing is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  // Somebody who knows the name and not its group.
  const inGroup = [...candidates].filter((candidate) => candidate.endsWith(`/${word}`));
  if (inGroup.length === 1) return `, did you mean "${inGroup[0]}"?`;
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = distanceOf(word.toLowerCase(), candidate.toLowerCase());
    const limit = Math.max(word.length, candidate.length) * DISTANCE_SHARE;
    if (distance <= limit && distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best === undefined ? '' : `, did you mean "${best}"?`;
}

/** Insertions, deletions, substitutions, and swapped neighbours, which are what fingers do. */
function distanceOf(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const isSwapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const edits = [
        (last[j] ?? 0) + (a[i] === b[j] ? 0 : 1),
        (last[j + 1] ?? 0) + 1,
        (row[j] ?? 0) + 1,
        ...(isSwapped ? [(beforeLast[j - 1] ?? 0) + 1] : []),
      ];
      row.push(Math.min(...edits));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
