/** Runs a program quietly, ends with it when we are told to end, and says in a line what went wrong. */

import { spawn } from 'node:child_process';

const LAST_CHARACTERS = 600;
const INTERRUPTED = 130;

/** Resolves to undefined if it exited with 0, otherwise to what it said last. Never rejects. */
export function runToEnd(command, args, cwd, withinMs) {
  return new Promise((resolve) => {
    let output = '';
    const keep = (text) => (output = (output + text).slice(-LAST_CHARACTERS));
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const timer = setTimeout(() => {
      keep(`\nno end within ${withinMs / 1000} s`);
      child.kill('SIGKILL');
    }, withinMs);
    const interrupted = () => {
      child.kill('SIGTERM');
      process.exit(INTERRUPTED);
    };
    process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
    const end = (problem) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      resolve(problem);
    };
    child.once('error', (error) => end(error.message));
    child.once('close', (code) => end(code === 0 ? undefined : oneLine(output) || `exit ${code}`));
  });
}

function oneLine(text) {
  return text
    .trim()
    .split(/\s*\n\s*/)
    .slice(-6)
    .join(' | ');
}
