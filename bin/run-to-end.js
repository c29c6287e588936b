/** Runs a program quietly, ends with it when we are told to end, and says in a line what went wrong. */

import { spawn } from 'node:child_process';

const KEPT_CHARACTERS = 4000;
/** npm tells the reason first and then its whole manual. */
const SHOWN_LINES = 4;
const INTERRUPTED = 130;

/** Resolves to undefined if it exited with 0, otherwise to the first that it said of the reason. Never rejects. */
export function runToEnd(command, args, cwd, withinMs) {
  return new Promise((resolve) => {
    let output = '';
    const keep = (text) => (output = (output + text).slice(0, KEPT_CHARACTERS));
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', keep);
    const timer = setTimeout(() => {
      output = `no end within ${withinMs / 1000} s`;
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
  const lines = text.split('\n').map((line) => line.replace(/^npm error\s*/, '').trim());
  return lines.filter(Boolean).slice(0, SHOWN_LINES).join(' | ');
}
