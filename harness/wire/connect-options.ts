/** Everything a client needs to open one session with a target. */

import type { Recorder } from '../history/recorder.ts';
import { suiteVersion } from '../suite-version.ts';
import type { ClientSession } from './session.ts';

export interface WireOptions {
  readonly endpoint: URL;
  readonly recorder: Recorder;
  /** Unique in the history: opIds are `<opPrefix><label>.<n>`. */
  readonly label: string;
  /** Begins every opId: unique in the run, so that a late application finds its scenario. */
  readonly opPrefix: string;
  readonly user: string | undefined;
  readonly headersOf: (user: string | undefined) => Readonly<Record<string, string>>;
  /** The scenario's names of its upstreams, at least one. */
  readonly upstreams: readonly string[];
  readonly protocolVersion?: string;
  /** A session that found the tools: then tools/list is not asked. */
  readonly toolsFrom?: ClientSession;
  /** Milliseconds for initialize and tools/list together. Default 10,000. */
  readonly deadlineMs?: number;
}

export const PROTOCOL_VERSION = '2025-11-25';
export const CONNECT_DEADLINE_MS = 10_000;
export const CALL_DEADLINE_MS = 10_000;
export const CLIENT_INFO = { name: 'mcp-gauntlet', version: suiteVersion() };
