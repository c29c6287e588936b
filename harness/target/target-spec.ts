/** What a target file or the command line says of a target, checked and with defaults filled in. */

import type { Claims } from './claims.ts';
import type { TargetModule } from './target-module.ts';

export interface TargetSpec {
  readonly name: string;
  readonly version: string;
  readonly claims: Claims;
  /** Milliseconds until it must be ready. */
  readonly startTimeoutMs: number;
  readonly lanes: number;
  /** Unexpanded. Absent: it runs already, and we only talk to it. */
  readonly command?: string;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Unexpanded. */
  readonly endpoint: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly users: Readonly<Record<string, { readonly headers: Readonly<Record<string, string>> }>>;
  /** Repeated for each upstream with $UPSTREAM_NAME and $UPSTREAM_URL, and put in place of $UPSTREAM_ARGUMENTS. */
  readonly upstreamArguments?: string;
  /** Put in place of $PATH_PREFIX_ARGUMENTS where a scenario asks for a prefix. */
  readonly pathPrefixArguments?: string;
  /** Put in place of $IDLE_PROBE_ARGUMENTS where a scenario asks for it; $IDLE_PROBE_MS is its bound. */
  readonly idleProbeArguments?: string;
  /** The only upstream's proxy listens on this port, because the target was told so before us. */
  readonly upstreamPort?: number;
  readonly module?: TargetModule;
  /** Where its file lies; absent when there is none. */
  readonly folder?: string;
  /** Of that file's text: other words there may be another target. */
  readonly fileDigest?: string;
  /** Variables of our own beyond the built-in ones. */
  readonly variables: Readonly<Record<string, string>>;
}

export const DEFAULT_START_TIMEOUT_MS = 30_000;
