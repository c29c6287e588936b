/**
 * Delta debugging (Zeller and Hildebrandt 2002): leaves out ever smaller parts of a list as long as
 * what is left still fails. The result is 1-minimal: no single item can be left out any more.
 */

/** @param fails asked with what would be kept; never with the whole list. */
export async function ddmin<T>(
  items: readonly T[],
  fails: (kept: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  if (items.length === 0 || (await fails([]))) return [];
  let kept = items;
  let parts = 2;
  while (kept.length > 1) {
    const smaller = await withoutOnePart(kept, Math.min(parts, kept.length), fails);
    if (smaller !== undefined) {
      kept = smaller;
      parts = Math.max(2, parts - 1);
    } else if (parts >= kept.length) break;
    else parts *= 2;
  }
  return kept;
}

async function withoutOnePart<T>(
  items: readonly T[],
  parts: number,
  fails: (kept: readonly T[]) => Promise<boolean>,
): Promise<readonly T[] | undefined> {
  // From the end: what came last is the least likely cause of what came before.
  for (let part = parts - 1; part >= 0; part -= 1) {
    const from = Math.floor((items.length * part) / parts);
    const to = Math.floor((items.length * (part + 1)) / parts);
    const kept = items.filter((_, index) => index < from || index >= to);
    if (kept.length > 0 && (await fails(kept))) return kept;
  }
  return undefined;
}
