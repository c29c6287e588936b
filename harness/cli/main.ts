/**
 * The program. It ends by itself once nothing of ours is open; what keeps it alive then is our leak.
 * Node's own exit code for whatever nobody caught is 1, which here means that a gateway broke its word.
 */

import { EXIT, worstExitCode } from '../report/exit-codes.ts';

/** Sockets that are closing and pipes that are being flushed end well within this. */
const END_WITHIN_MS = 3_000;

process.on('uncaughtException', (error) => {
  process.stderr.write(`internal error, which is ours and not the target's:\n${error.stack}\n`);
  process.exit(EXIT.ownError);
});

// Imported only now, so that an error in any module is caught above.
const { processTerminal } = await import('./terminal.ts');
const { runCommandLine } = await import('./run-command-line.ts');
const terminal = processTerminal();
const exitCode = await runCommandLine(process.argv.slice(2), terminal);
process.exitCode = exitCode;

setTimeout(() => {
  const open = process.getActiveResourcesInfo();
  // A reader who is slow to take our output is none of ours.
  const isOurs = open.some((name) => !/^(?:TTYWrap|PipeWrap|WriteWrap|FSReq)/.test(name));
  if (isOurs) terminal.complain(`still open, which is our leak: ${open.join(', ')}\n`);
  process.exit(isOurs ? worstExitCode([exitCode, EXIT.ownError]) : exitCode);
}, END_WITHIN_MS).unref();
