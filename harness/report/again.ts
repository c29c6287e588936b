/** The commands that a reader can paste: run it again, judge it again. */

import type { RunResult, ScenarioResult } from '../run/result.ts';

/** How a reader starts us, in a checkout and where the package is installed. */
export const PROGRAM = 'npx mcp-gauntlet';

/** Runs the scenario again with the same seed; without a bundle, the whole run. */
export function replayCommand(run: Pick<RunResult, 'command'>, result: ScenarioResult): string {
  return result.bundle === undefined
    ? run.command
    : `${PROGRAM} replay ${shellWord(result.bundle)}`;
}

/** Judges the recorded run again, without a network. */
export function recheckCommand(result: ScenarioResult): string | undefined {
  return result.bundle === undefined ? undefined : `${PROGRAM} recheck ${shellWord(result.bundle)}`;
}

/** Leaves out of a generated run's schedule whatever its finding does not need. */
export function shrinkCommand({ bundle, met, verdict }: ScenarioResult): string | undefined {
  if (bundle === undefined || met === undefined || verdict !== 'fail') return undefined;
  return `${PROGRAM} shrink ${shellWord(bundle)}`;
}

/** One word of a POSIX shell's command line. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
