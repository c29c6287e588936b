/** What somebody may have meant who wrote a name that there is not. */

/** Upper case, "-" and "_" are differences of habit. */
const plain = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase();

/** How many letters have to be added, left out or exchanged (Levenshtein's distance). */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 0; row < from.length; row += 1) {
    const current = [row + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const exchanged = (above[column - 1] ?? 0) + (from[row] === to[column - 1] ? 0 : 1);
      const changed = Math.min(above[column] ?? 0, current[column - 1] ?? 0) + 1;
      current.push(Math.min(exchanged, changed));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}

/** Undefined when none is near: at most a third of the letters may be wrong. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(plain(name), plain(candidate)) }))
    .toSorted((one, other) => one.far - other.far);
  const [nearest] = ranked;
  return nearest !== undefined && nearest.far <= name.length / 3 ? nearest.candidate : undefined;
}
