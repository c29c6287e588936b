/**
 * One way to fail, measured: several sessions, each with a counter of its own, are struck together,
 * and each tells what its client got, how soon, what the ledger says, and what it is worth afterwards.
 */

import type { LedgerEntry } from '../../harness/history/ledger.ts';
import type { FailureStage } from './failure-stage.ts';
import type { Strike, UpstreamFailure } from './upstream-failure.ts';
import { Victim, type Measured } from './victim.ts';

/** For what was closed or swallowed to have arrived at the other side. */
const REST_MS = 100;

/** `sessions` of them at the same time; of a heavy failure one. */
export async function measureFailure(
  stage: FailureStage,
  failure: UpstreamFailure,
  sessions: number,
): Promise<readonly Measured[]> {
  const mark = await stage.fixture.ledger.mark();
  const ledger = (): Promise<readonly LedgerEntry[]> => stage.fixture.ledger.since(mark);
  const length = failure.isHeavy === true ? 1 : sessions;
  const victims = Array.from({ length }, () => new Victim(stage, failure, ledger));
  const all = <T>(act: (victim: Victim) => Promise<T>): Promise<readonly T[]> =>
    Promise.all(victims.map(act));
  await all((victim) => victim.prepare());
  const { strike } = failure;
  if ('call' in strike) await all((victim) => victim.suffer(strike));
  else await strikeAll(stage, strike, all);
  await pause(REST_MS);
  await all((victim) => victim.goOn());
  const measured = await all((victim) => victim.measured());
  await all((victim) => victim.leave());
  return measured;
}

async function strikeAll(
  stage: FailureStage,
  { fault, when }: Extract<Strike, { fault: unknown }>,
  all: (act: (victim: Victim) => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  if (when === 'before') await all((victim) => victim.begin());
  const active = await stage.strike(fault);
  await all(async (victim) => victim.struckAt(active.receipt().requestedAtMs));
  if (when === 'before') await all((victim) => victim.ended());
  if (when === 'during') await all((victim) => victim.act());
  await active.heal();
  if (when !== 'after') return;
  await pause(REST_MS);
  await all((victim) => victim.act());
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
