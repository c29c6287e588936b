/** The end of a target's log, as it stands below an error. */

const TAIL_LINES = 15;

export function logTail(lines: readonly string[]): string {
  if (lines.length === 0) return '\nIt wrote nothing.';
  return `\nThe last lines of its log:\n  ${lines.slice(-TAIL_LINES).join('\n  ')}`;
}
