/** From a run's first line to its files: what every command that runs something does around it. */

import { HarnessError } from '../errors.ts';
import { EXIT, worstExitCode } from '../report/exit-codes.ts';
import { ConsoleReport } from '../report/console.ts';
import { redactorOf, type Redactor } from '../report/redact.ts';
import { citedRun } from '../report/cited.ts';
import { REQUIREMENTS } from '../../scenarios/requirements.ts';
import type { RunResult } from '../run/result.ts';
import { suiteVersion } from '../suite-version.ts';
import type { Attempt, Undertaking } from './attempt.ts';
import type { ReportFiles } from './report-files.ts';
import type { Terminal } from './terminal.ts';

export class Reporting {
  readonly console: ConsoleReport;
  /** Grows while targets hand out credentials. */
  readonly secrets: Set<string>;
  readonly redactor: Redactor;
  readonly #files: ReportFiles;

  /** Says the first line. */
  constructor({ plan, seed, command }: Undertaking, files: ReportFiles, terminal: Terminal) {
    this.secrets = new Set(plan.secrets);
    this.redactor = redactorOf(this.secrets);
    this.#files = files;
    this.console = new ConsoleReport(
      (text) => terminal.write(text),
      terminal.colours,
      this.redactor,
      REQUIREMENTS,
    );
    const target = `${plan.name} ${plan.version}`;
    this.console.heading({ version: suiteVersion(), target, seed, command });
  }

  /** A job that always writes to one folder goes on; whoever still needs what is there can stop it. */
  tellReuse(): void {
    if (!this.#files.isReused) return;
    this.console.note(
      `${this.#files.out} holds a report already: it is overwritten, and bundles that this run does not write anew stay`,
    );
  }

  /**
   * Writes the files and says how it ended.
   * @param json the JSON document, where it is more than a run's own.
   * @returns the exit code: the run's, or ours where a report is missing and nothing graver was found.
   * @throws what the attempt failed with, after the files were written; an interruption is told instead.
   */
  async conclude<R extends RunResult>(
    { run, failure }: Attempt<R>,
    json?: string,
  ): Promise<number> {
    const told = citedRun(run, REQUIREMENTS);
    const { files, missing, note } = await this.#files.write(told, this.redactor, json);
    for (const line of missing) this.console.note(line);
    if (note !== undefined) this.console.note(note);
    const codes = [run.exitCode, ...(missing.length > 0 ? [EXIT.ownError] : [])];
    const exitCode = worstExitCode(codes);
    // What a user asked for is no error, and what was recorded by then is worth a path.
    const isInterrupted = failure instanceof HarnessError && failure.exitCode === EXIT.interrupted;
    if (failure !== undefined && !isInterrupted) throw failure;
    this.console.finished({ ...run, exitCode }, files);
    return exitCode;
  }
}
