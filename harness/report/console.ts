/**
 * What a person reads while a run goes on and when it ends. One line per scenario, everything that
 * is needed for a violation below its line, one table at the end.
 */

import { powerOfRun } from '../run/power.ts';
import type { RunResult, ScenarioResult, Verdict } from '../run/result.ts';
import type { RunEvents } from '../run/run-options.ts';
import { allResults } from './all-results.ts';
import { baselineLines } from './baseline-lines.ts';
import { cited, type Requirements } from './cited.ts';
import type { Colours } from './colours.ts';
import { durationText } from './duration-text.ts';
import { EXIT } from './exit-codes.ts';
import { interruptedText } from './interrupted-text.ts';
import { runWorthText, worthText } from './power-text.ts';
import type { Redactor } from './redact.ts';
import { summaryTable } from './summary-table.ts';
import { violationLines } from './violation-lines.ts';

export interface Heading {
  readonly version: string;
  readonly target: string;
  readonly seed: number;
  readonly command: string;
}

export class ConsoleReport implements RunEvents {
  readonly #write: (text: string) => void;
  readonly #colours: Colours;
  readonly #redactor: Redactor;
  readonly #requirements: Requirements;
  #command = '';

  /** @param requirements whose words stand beside what breaks them. */
  constructor(
    write: (text: string) => void,
    colours: Colours,
    redactor: Redactor,
    requirements: Requirements = {},
  ) {
    this.#requirements = requirements;
    this.#write = write;
    this.#colours = colours;
    this.#redactor = redactor;
  }

  /** The first line of any run: all that is needed to repeat it. */
  heading({ version, target, seed, command }: Heading): void {
    this.#command = command;
    this.#line(`mcp-gauntlet ${version} · target ${target} · seed ${seed} · repeat: ${command}`);
  }

  started(total: number | undefined): void {
    if (total === undefined) return;
    this.#line(`${total} ${total === 1 ? 'scenario' : 'scenarios'}`);
  }

  /** A property, because it is handed on by itself to whoever has progress to tell. */
  readonly note = (line: string): void => this.#line(this.#colours.dim(line));

  scenarioDone(result: ScenarioResult, done: number, total: number | undefined): void {
    const place =
      total === undefined
        ? `[${done}]`
        : `[${String(done).padStart(String(total).length)}/${total}]`;
    const repeat = result.repeat === 0 ? '' : ` (repeat ${result.repeat + 1})`;
    this.#line(
      `${this.#colours.dim(place)} ${this.#verdict(result)} ${result.id}${repeat}  ${this.#facts(result)}`,
    );
    if (result.verdict !== 'pass') {
      for (const line of result.reason?.split('\n') ?? []) this.#line(`      ${line}`);
    }
    if (result.verdict !== 'fail' && result.verdict !== 'inconclusive') return;
    const told = cited(result, this.#requirements);
    for (const line of violationLines({ command: this.#command }, told, this.#colours)) {
      this.#line(line);
    }
  }

  finished(run: RunResult, written: readonly string[]): void {
    if (run.error !== undefined && allResults(run).length === 0) {
      this.#line(interruptedText(run));
      this.#line(
        `exit code ${run.exitCode}${written.length > 0 ? `, report: ${written.join(', ')}` : ''}`,
      );
      return;
    }
    this.#line('');
    this.#line(summaryTable(run, this.#colours));
    for (const line of baselineLines(run)) this.#line(line);
    this.#line(
      `${this.#conclusion(run)} in ${durationText(run.durationMs)}, exit code ${run.exitCode}`,
    );
    const worth = powerOfRun(allResults(run));
    if (worth.judged > 0) this.#line(runWorthText(worth));
    if (written.length > 0) this.#line(`report: ${written.join(', ')}`);
  }

  #verdict(result: ScenarioResult): string {
    const { green, red, yellow, dim } = this.#colours;
    if (result.ownError === true) return red('ERROR');
    const words: Readonly<Record<Verdict, string>> = {
      pass: green('pass '),
      fail: result.exitCode === 0 ? yellow('known') : red('FAIL '),
      inconclusive: yellow('?    '),
      'not-applicable': dim('n/a  '),
    };
    return words[result.verdict];
  }

  #facts({ durationMs, operations, receipts, verdict, power }: ScenarioResult): string {
    const count = receipts.length;
    const faults = count === 0 ? '' : `, ${count} ${count === 1 ? 'fault' : 'faults'}`;
    const worth = verdict === 'pass' && power !== undefined ? `, ${worthText(power)}` : '';
    const took = durationText(durationMs);
    return this.#colours.dim(`${took}, ${operations.total} calls${faults}${worth}`);
  }

  #conclusion(run: RunResult): string {
    const { green, red, yellow } = this.#colours;
    const results = allResults(run);
    const unexpected = results.filter(
      ({ verdict, exitCode }) => verdict === 'fail' && exitCode !== 0,
    );
    const sentences: Readonly<Record<number, string>> = {
      [EXIT.ok]: green('everything judged was as expected'),
      [EXIT.violation]: red(`${unexpected.length} of ${results.length} violated what was promised`),
      [EXIT.inconclusive]: yellow('inconclusive: no evidence, no pass'),
      [EXIT.staleBaseline]: yellow('the baseline is stale or expired'),
      [EXIT.ownError]: red('the suite itself failed'),
      [EXIT.targetNotReady]: red('the target never became ready'),
      [EXIT.timeBudget]: yellow('the time budget is over'),
      [EXIT.interrupted]: yellow('interrupted'),
    };
    return sentences[run.exitCode] ?? red('failed');
  }

  #line(text: string): void {
    this.#write(`${this.#redactor.text(text)}\n`);
  }
}
