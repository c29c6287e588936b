/** Every exit code of the command line, and which wins where several apply. */

export const EXIT = {
  /** Everything judged was as expected, and something was judged. */
  ok: 0,
  /** A violation that the baseline does not expect. */
  violation: 1,
  /** Inconclusive, or nothing applicable: no evidence, no pass. */
  inconclusive: 2,
  /** The baseline expects a finding that did not come, or an entry's last day is past. */
  staleBaseline: 3,
  /** Our own exception, our own leak, or a missing tool. */
  ownError: 4,
  /** Wrong flag or file, unknown name, empty selection, unwritable path. */
  usage: 64,
  /** The target never became ready. */
  targetNotReady: 69,
  /** `--time-budget` is over. */
  timeBudget: 124,
  /** Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const;

/**
 * A violation that was proven is never hidden. 64 comes next: what could not be used was not judged
 * at all; beside others it stands only where several bundles are judged at once.
 */
const PRECEDENCE: readonly number[] = [1, 64, 130, 124, 4, 69, 2, 3];

/** The code of a run in which several apply. 0 only when none does. */
export function worstExitCode(codes: Iterable<number>): number {
  const seen = new Set(codes);
  return PRECEDENCE.find((code) => seen.has(code)) ?? EXIT.ok;
}
