/** From arguments to an exit code: whatever is thrown on the way becomes a sentence and the code that says whose move it is. */

import { CommanderError } from 'commander';
import { HarnessError } from '../errors.ts';
import { EXIT } from '../report/exit-codes.ts';
import { redactorOf } from '../report/redact.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** @param words the arguments without the program's own name. Never rejects. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    await createProgram(terminal).parseAsync([...words], { from: 'user' });
    return terminal.exitCode;
  } catch (error) {
    // Commander has said its sentence; help and version end this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const redactor = redactorOf([]);
    if (error instanceof HarnessError) {
      terminal.complain(redactor.text(`error: ${error.message}\n`));
      return error.exitCode;
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    terminal.complain(
      redactor.text(`internal error, which is ours and not the target's:\n${stack}\n`),
    );
    return EXIT.ownError;
  }
}
