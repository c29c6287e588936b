/** `mcp-gauntlet gateway`: the reference gateway alone, as its own program with its own options. */

import type { Command } from 'commander';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { OwnError } from '../errors.ts';
import { programFile } from '../paths.ts';
import type { Terminal } from './terminal.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function addGatewayCommand(program: Command, terminal: Terminal): void {
  program
    .command('gateway')
    .summary('run the reference gateway alone')
    .description('Runs the reference gateway; everything that follows is given to it.')
    .argument('[arguments...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => {
      terminal.exitCode = await runGateway(words);
    });
}

/** Invisible but for its process: same input and output, same exit code, signals passed on. */
function runGateway(words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [programFile('gateway/main'), ...words], {
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to the whole group, the gateway included.
  const terminalTellsAll = process.stdin.isTTY;
  const pass = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || !terminalTellsAll) child.kill(signal);
  };
  const kill = (): void => void child.kill('SIGKILL');
  for (const signal of SIGNALS) process.on(signal, pass);
  process.on('exit', kill);
  return new Promise<number>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new OwnError(`the gateway cannot be started: ${cause.message}`, { cause })),
    );
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  }).finally(() => {
    process.off('exit', kill);
    for (const signal of SIGNALS) process.off(signal, pass);
  });
}
