/** `mcp-gauntlet doctor`: what this machine has of what a run needs. */

import type { Command } from 'commander';
import { EXIT } from '../report/exit-codes.ts';
import { doctor } from './doctor.ts';
import type { Terminal } from './terminal.ts';

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .summary('say what this machine has of what a run needs')
    .description('Looks for everything that a run needs, and changes nothing.')
    .action(async () => {
      const { lines, ok } = await doctor();
      terminal.write(`${lines.join('\n')}\n`);
      terminal.exitCode = ok ? EXIT.ok : EXIT.ownError;
    });
}
