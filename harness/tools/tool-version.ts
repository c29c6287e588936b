/** Asks a program which version it is, because a file's name proves nothing. */

import { execFile } from 'node:child_process';
import type { PinnedTool } from './pinned-tool.ts';

/** k6 needs 0.1 s on an idle machine. */
const ANSWER_WITHIN_MS = 20_000;

export type VersionAnswer =
  | { readonly version: string }
  /** Completes "<path> …". */
  | { readonly failure: string };

/** What the program at `path` says of itself. Never rejects. */
export function askVersion(tool: PinnedTool, path: string): Promise<VersionAnswer> {
  return new Promise((resolve) => {
    const options = { timeout: ANSWER_WITHIN_MS, killSignal: 'SIGKILL' } as const;
    execFile(path, [...tool.versionArguments], options, (error, stdout, stderr) => {
      const version = tool.versionPattern.exec(stdout.trim())?.[1];
      if (version !== undefined) resolve({ version });
      else if (error) resolve({ failure: `cannot be run (${firstLine(stderr) || error.message})` });
      else resolve({ failure: 'does not say which version it is' });
    });
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
