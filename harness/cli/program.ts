/** The command line as a whole: every command by its name, and what all of them have in common. */

import { Command } from 'commander';
import { suiteVersion } from '../suite-version.ts';
import { addDefaultCommand } from './default-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addExplainCommand } from './explain-command.ts';
import { addFlakeCommand } from './flake-command.ts';
import { addGatewayCommand } from './gateway-command.ts';
import { addListCommand } from './list-command.ts';
import { addLoadCommand } from './load-command.ts';
import { addRecheckCommand } from './recheck-command.ts';
import { addReplayCommand } from './replay-command.ts';
import { addRunCommand } from './run-command.ts';
import { addSelftestCommand } from './selftest-command.ts';
import { addShrinkCommand } from './shrink-command.ts';
import type { Terminal } from './terminal.ts';

const EXIT_CODES = `
Exit codes: 0 as expected · 1 a violation · 2 inconclusive · 3 stale or expired baseline · 4 our own error or a missing tool
            64 usage · 69 the target never became ready · 124 time budget over · 130 interrupted
`;

/** Where nothing like it exists, the help is what is left to look at. */
function withHelp(complaint: string): string {
  return complaint.replace(/^(error: unknown option '.*')\n$/, '$1; --help says which there are\n');
}

export function createProgram(terminal: Terminal): Command {
  const program = new Command('mcp-gauntlet')
    .description(
      'Puts an MCP gateway between honest clients and stateful counters, breaks everything in between,\n' +
        'and says with evidence what held. Without a command: the default suite and a short load run\n' +
        'against the reference gateway.',
    )
    .version(suiteVersion())
    .helpOption('-h, --help', 'say what there is')
    .helpCommand(false)
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.complain(text),
      outputError: (text, write) => write(withHelp(text)),
    })
    .addHelpText('after', EXIT_CODES);
  addRunCommand(program, terminal);
  addLoadCommand(program, terminal);
  addReplayCommand(program, terminal);
  addRecheckCommand(program, terminal);
  addShrinkCommand(program, terminal);
  addListCommand(program, terminal);
  addExplainCommand(program, terminal);
  addSelftestCommand(program, terminal);
  addFlakeCommand(program, terminal);
  addDoctorCommand(program, terminal);
  addGatewayCommand(program, terminal);
  addDefaultCommand(program, terminal);
  return program;
}
