/** What a run of the benchmark found; the shape of its JSON. */

import type { AnswerKind, Burst } from './wrk.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly nginx: string;
  readonly wrk: string;
  readonly undici: string;
}

/** One contender under one load: medians, and the rounds they come from. */
export interface SpeedRow {
  readonly contender: string;
  readonly sessions: number;
  readonly answers: AnswerKind;
  readonly median: Burst;
  readonly rounds: readonly Burst[];
}

/** What one more idle session costs, in bytes: the slope over all sessions. */
export interface IdleRow {
  readonly contender: string;
  readonly withStream: boolean;
  readonly sessions: number;
  readonly residentPerSession: number;
  readonly heapPerSession: number;
}

/** How memory changes while calls go on, in bytes a call. */
export interface Growth {
  readonly calls: number;
  readonly residentPerCall: number;
  readonly heapPerCall: number;
}

/** Shares of the processor's time, from 0 to 1, largest first. */
export interface Profile {
  readonly areas: readonly (readonly [string, number])[];
  readonly functions: readonly (readonly [string, number])[];
}

export interface Bar {
  readonly what: string;
  readonly bound: number;
  /** What is aimed at beyond the bound. */
  readonly aim?: number;
  readonly value: number;
  readonly unit: string;
  readonly holds: boolean;
}

export interface BenchResult {
  readonly suite: string;
  readonly plan: 'full' | 'quick';
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly machine: Machine;
  readonly speed: readonly SpeedRow[];
  readonly idle: readonly IdleRow[];
  readonly growth: Growth;
  readonly profile: Profile;
  readonly bars: readonly Bar[];
}
