#!/usr/bin/env node
/**
 * The launcher. It starts the command line on the pinned Node, which the caller's need not be, and stays
 * invisible otherwise: same input and output, same exit code, signals passed on.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { bootstrap, packageRoot } from './bootstrap.js';

const OWN_ERROR = 4;
const fromSource = join(packageRoot, 'harness', 'cli', 'main.ts');
// Node strips no types below node_modules, so the published package holds the built program.
const built = join(packageRoot, 'dist', 'harness', 'cli', 'main.js');

const node = await bootstrap();
const program = existsSync(fromSource) ? fromSource : built;
const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' });

// A terminal sends Ctrl-C to the whole group, the child included; twice would mean "at once".
const terminalTellsAll = process.stdin.isTTY === true;
process.on('SIGINT', () => {
  if (!terminalTellsAll) child.kill('SIGINT');
});
process.on('SIGTERM', () => child.kill('SIGTERM'));
process.on('SIGHUP', () => child.kill('SIGHUP'));

child.once('error', (error) => {
  process.stderr.write(`mcp-gauntlet: ${node} cannot be started: ${error.message}\n`);
  process.exitCode = OWN_ERROR;
});
child.once('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
