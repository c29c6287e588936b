/** Where commands write for people, and the exit code that they leave. */

import { coloursFor, type Colours } from '../report/colours.ts';

export interface Terminal {
  readonly colours: Colours;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Standard output: what was asked for. */
  write(text: string): void;
  /** Standard error: what went wrong. */
  complain(text: string): void;
  /** One of `EXIT`, set by the command that ran. */
  exitCode: number;
}

export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    // A reader such as `head` that has seen enough is no error of ours.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    colours: coloursFor(process.stdout, process.env),
    environment: process.env,
    write: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    exitCode: 0,
  };
}
