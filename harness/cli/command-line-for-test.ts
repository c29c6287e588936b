/** The program as a user starts it, in an empty working directory, for the tests. */

import { spawn, type ChildProcess } from 'node:child_process';
import { programFile } from '../paths.ts';

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once standard output holds the text. */
  readonly said: (text: string) => Promise<void>;
}

export function startCommandLine(cwd: string, ...words: readonly string[]): Started {
  return startCommandLineIn({}, cwd, ...words);
}

/** @param environment what is added to that of this process. */
export function startCommandLineIn(
  environment: Readonly<Record<string, string>>,
  cwd: string,
  ...words: readonly string[]
): Started {
  const child = spawn(process.execPath, [programFile('harness/cli/main'), ...words], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GITHUB_STEP_SUMMARY: '', ...environment },
  });
  const heard = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (heard.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (heard.stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, ...heard }));
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (heard.stdout.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      child.once('close', () =>
        reject(new Error(`it ended without saying "${text}": ${JSON.stringify(heard)}`)),
      );
      look();
    });
  return { child, ended, said };
}
