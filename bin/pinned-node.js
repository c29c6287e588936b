/**
 * Runs a program on the pinned Node, which the caller's need not be, and stays invisible otherwise: same input and
 * output, same exit code, signals passed on. `node bin/pinned-node.js PROGRAM ARGUMENT…` does so for npm's scripts.
 */

import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap, packageRoot } from './bootstrap.js';

const OWN_ERROR = 4;
const PARENT_LOOK_MS = 500;

/** Ends this process when the program ends, with its exit code. */
export async function runOnPinnedNode(program, args) {
  const node = await bootstrap();
  const child = spawn(node, [program, ...args], { stdio: 'inherit', env: environment() });
  // A terminal sends Ctrl-C to the whole group, the child included; twice would mean "at once".
  const terminalTellsAll = process.stdin.isTTY === true;
  process.on('SIGINT', () => {
    if (!terminalTellsAll) child.kill('SIGINT');
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  endWithNpm(child);
  child.once('error', (error) => {
    process.stderr.write(`mcp-gauntlet: ${node} cannot be started: ${error.message}\n`);
    process.exitCode = OWN_ERROR;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

/**
 * In a checkout, whatever Node compiles is kept for the next start: a run starts dozens of gateways and fixtures, and
 * stripping types and compiling was a quarter of all its work. `NODE_DISABLE_COMPILE_CACHE=1` turns it off.
 */
function environment() {
  if (!existsSync(join(packageRoot, 'package-lock.json'))) return process.env;
  const cache = join(packageRoot, 'node_modules', '.cache', 'node-compile');
  return { NODE_COMPILE_CACHE: cache, ...process.env };
}

/** npm and npx end on SIGTERM without a word to what they started: then their end is our signal. */
function endWithNpm(child) {
  if (process.env.npm_command === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, PARENT_LOOK_MS);
  timer.unref();
}

const [, script, program, ...args] = process.argv;
if (program && realpathSync(script) === realpathSync(fileURLToPath(import.meta.url))) {
  await runOnPinnedNode(program, args);
}
