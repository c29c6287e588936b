/**
 * The gateway under test, as the suite sees it: a URL, perhaps a process, perhaps an admin API.
 * `TargetPlan` is what a file or the command line says; `RunningTarget` is one instance in a lane.
 */

import type { Outlived, ProcessExit } from '../lifecycle/owned-process.ts';
import type { Claims } from './claims.ts';

/** One upstream as the target is told of it: its name and the URL of its proxy. */
export interface UpstreamAddress {
  readonly name: string;
  readonly url: string;
}

/** What a scenario asks of the instance it runs against. Two scenarios that ask the same can share a lane. */
export interface TargetSettings {
  readonly upstreams: readonly UpstreamAddress[];
  /** "/gauntlet": everything is served below it. Only for targets that claim it. */
  readonly pathPrefix?: string;
  /** Silence after which an upstream session is examined before it is used, and how long it may take, in milliseconds. */
  readonly idleProbeMs?: number;
}

export interface TargetPlan {
  readonly name: string;
  readonly version: string;
  /** What starts it and where it answers, in words: two gateways may share name and version. */
  readonly identity: string;
  readonly claims: Claims;
  /** How long it may take to become ready, in milliseconds. */
  readonly startTimeoutMs: number;
  /** User names it has credentials for, first one the default. Empty: one anonymous user. */
  readonly users: readonly string[];
  /** Credentials and the like: nothing that is written may hold them. */
  readonly secrets: readonly string[];
  /** False for an endpoint that somebody else started: it is not ours to stop. */
  readonly isStartedByUs: boolean;
  /** How many instances may run at once, when the user does not say. */
  readonly lanes: number;
  /** Things that later instances share, such as an installed release. Called once. */
  prepare(signal: AbortSignal, progress: (line: string) => void): Promise<void>;
  /** The port that the running target was told for its upstream, where it was started by somebody else. */
  readonly upstreamPort?: number;
  /**
   * Starts one instance and waits until it accepts connections.
   * @throws {TargetNotReadyError} with the last lines of its log.
   */
  start(settings: TargetSettings, signal: AbortSignal): Promise<RunningTarget>;
}

/** Code and signal are those of the process that was started and got SIGTERM. */
export interface TargetExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the signal to the end of the last process of its process group, in milliseconds. */
  readonly afterMs: number;
  /** Absent: nobody lived longer than the process that was started. */
  readonly outlived?: Outlived;
}

export interface RunningTarget extends AsyncDisposable {
  readonly endpoint: URL;
  /** Absent for an endpoint that we did not start. */
  readonly pid?: number;
  readonly admin?: TargetAdmin;
  headersOf(user: string | undefined): Readonly<Record<string, string>>;
  /** Lines of its standard output and error so far, oldest first, bounded. */
  log(): readonly string[];
  /** The process ended, by itself or by us; false for an endpoint that we did not start. */
  readonly hasExited: boolean;
  /** How and when it ended though nobody had asked for it; undefined while anything of its group runs. */
  readonly death?: ProcessExit | undefined;
  /** Resolves when the process ended by itself or by us. */
  readonly exited: Promise<TargetExit>;
  /** SIGTERM to the process, then waits for its group; `forceAfterMs` later SIGKILL to all of it. */
  stop(forceAfterMs: number): Promise<TargetExit>;
}

/** Changes to the upstreams of a running target. Only where the claims say so. */
export interface TargetAdmin {
  /** A change of a cosmetic field, such as the description. */
  describeUpstream(name: string, description: string): Promise<void>;
  /** A change of a connect field: a header that the upstream must be sent from now on. */
  changeUpstreamHeader(name: string, header: string, value: string): Promise<void>;
  removeUpstream(name: string): Promise<void>;
  addUpstream(upstream: UpstreamAddress): Promise<void>;
}
