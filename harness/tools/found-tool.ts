/** A tool that can be started, wherever it came from: a program of this machine and a container look alike. */

import type { ToolName } from './pinned-tool.ts';

export type ToolSource = 'environment' | 'PATH' | 'cache' | 'built' | 'container';

export interface FoundTool {
  readonly name: ToolName;
  readonly version: string;
  readonly how: ToolSource;
  /** The program's file; for a container, the image's name. */
  readonly path: string;
  /** What was passed over on the way here and why, one sentence each. */
  readonly notes: readonly string[];
  /**
   * Starts it on this machine's own network. Resolves once the process exists, which is not yet "it listens".
   * @throws {OwnError} if it cannot be started.
   */
  start(args: readonly string[], options?: ToolStartOptions): Promise<RunningTool>;
}

export interface ToolStartOptions {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Absolute folders that it reads or writes; a container gets them mounted under the same name. */
  readonly folders?: readonly string[];
  /** Called with each line of its standard output and error. */
  readonly onLine?: (line: string) => void;
}

export interface ToolExit {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Disposing it stops it. */
export interface RunningTool extends AsyncDisposable {
  /** The process, or the container's first process as this machine numbers it. */
  readonly pid: number;
  readonly exited: Promise<ToolExit>;
  /** SIGINT, `forceAfterMs` later SIGKILL (default 5,000). Resolves when it is gone; idempotent. */
  stop(forceAfterMs?: number): Promise<ToolExit>;
}
