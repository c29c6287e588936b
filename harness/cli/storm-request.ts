/**
 * What `run storm` asks for: a storm drawn from the seed, single schedules of it by their numbers
 * (`storm/12`), or one schedule from a file.
 */

import { UsageError } from '../errors.ts';
import type { Scenario } from '../run/scenario.ts';
import { drawSchedule } from '../schedule/draw-schedule.ts';
import { readSchedule } from '../schedule/read-schedule.ts';
import { STORM_GROUP, stormScenario } from '../storm/storm-scenario.ts';
import type { Claims } from '../target/claims.ts';
import { stormBudgetMs } from './storm-budget.ts';

export interface StormOptions {
  readonly budget?: string;
  readonly schedule?: string;
  readonly repeat: number;
}

export type StormRequest =
  | { readonly kind: 'drawn'; readonly budgetMs: number }
  /** Drawn by their numbers, once the seed and the target's claims are known. */
  | { readonly kind: 'numbers'; readonly numbers: readonly number[] }
  | { readonly kind: 'file'; readonly file: string };

const BUDGET = '60s';
const NUMBERED = /^storm\/(\d{1,9})$/;

/** Undefined if these patterns ask for no storm. @throws {UsageError} for what contradicts itself. */
export function stormRequest(
  patterns: readonly string[],
  { budget, schedule, repeat }: StormOptions,
): StormRequest | undefined {
  const isStorm = (pattern: string): boolean => /^storm(?:\/\*{0,2})?$/.test(pattern);
  const numbers = patterns.map((pattern) => NUMBERED.exec(pattern)?.[1]);
  const isAsked = patterns.some(isStorm) || numbers.some((number) => number !== undefined);
  if (!isAsked) {
    const stray = [budget !== undefined && '--budget', schedule !== undefined && '--schedule'];
    const option = stray.find((name) => name !== false);
    if (option === undefined) return undefined;
    throw new UsageError(`${option} is about storms: say "run storm ${option} …"`);
  }
  if (numbers.every((number) => number !== undefined)) {
    if (budget === undefined && schedule === undefined) {
      return { kind: 'numbers', numbers: numbers.map(Number) };
    }
    throw new UsageError('"storm/N" is one schedule: give neither --budget nor --schedule with it');
  }
  const other = patterns.find((pattern) => !isStorm(pattern));
  if (other !== undefined) {
    throw new UsageError(`a storm is a run of its own: run "${other}" by another command`);
  }
  if (schedule !== undefined) {
    if (budget === undefined) return { kind: 'file', file: schedule };
    throw new UsageError('--schedule is one schedule: give no --budget with it, but --repeat');
  }
  if (repeat !== 1) {
    throw new UsageError(
      'a storm draws as many schedules as its --budget allows: --repeat goes with --schedule or "storm/N"',
    );
  }
  return { kind: 'drawn', budgetMs: stormBudgetMs(budget ?? BUDGET) };
}

/** The scenarios of a request for certain schedules. @throws {UsageError} for a damaged file. */
export async function scheduledScenarios(
  request: Exclude<StormRequest, { kind: 'drawn' }>,
  seed: number,
  claims: Claims,
): Promise<readonly Scenario[]> {
  if (request.kind === 'file') return [stormScenario(await readSchedule(request.file), 'file')];
  return [...new Set(request.numbers)].map((number) =>
    stormScenario(drawSchedule(seed, number, claims), number),
  );
}

/** A baseline may name the schedules of a storm by this id and globs over it. */
export const STORM_ID_EXAMPLE = `${STORM_GROUP}/0`;
