/**
 * Finds the fixture's tools among those that a target lists. Gateways rename them: they put the
 * upstream's name in front, change `_` into `-`, or join with one, two or three of either.
 */

/** Any run of separators counts as one. */
function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function endsWith(words: readonly string[], suffix: readonly string[]): boolean {
  return (
    suffix.length <= words.length && suffix.every((word, i) => word === words.at(i - suffix.length))
  );
}

function contains(words: readonly string[], part: readonly string[]): boolean {
  return words.some((_, start) => part.every((word, i) => word === words[start + i]));
}

export interface ToolQuery {
  /** The fixture's own name of the tool. */
  readonly tool: string;
  /** Every tool of the fixture: a longer one that fits better is not this one. */
  readonly allTools: readonly string[];
  /** Set when the target serves several: what stands before the tool's name must hold the upstream's. */
  readonly upstream?: string;
}

/** The target's name of the tool; undefined when no name or more than one fits. */
export function findTool(listed: readonly string[], query: ToolQuery): string | undefined {
  if (query.upstream === undefined && listed.includes(query.tool)) return query.tool;
  const wanted = wordsOf(query.tool);
  const longer = query.allTools
    .map(wordsOf)
    .filter((words) => words.length > wanted.length && endsWith(words, wanted));
  const upstream = query.upstream === undefined ? undefined : wordsOf(query.upstream);
  const fitting = listed.filter((name) => {
    const words = wordsOf(name);
    if (!endsWith(words, wanted)) return false;
    if (longer.some((other) => endsWith(words, other))) return false;
    const prefix = words.slice(0, words.length - wanted.length);
    return upstream === undefined || contains(prefix, upstream);
  });
  if (fitting.length === 1) return fitting[0];
  // Where one upstream's name is part of another's, the one that adds nothing else is meant.
  const exact = fitting.filter(
    (name) => wordsOf(name).length === wanted.length + (upstream?.length ?? 0),
  );
  return exact.length === 1 ? exact[0] : undefined;
}
