/** What idle sessions keep, and whether calls leave anything behind. */

import { CONTENDERS, REFERENCE, type Contender } from './contenders.ts';
import type { Plan } from './plan.ts';
import type { Growth, IdleRow } from './result.ts';
import { COLLECTING, RunningContender, type Bench, type Weight } from './running-contender.ts';
import { Sessions } from './sessions.ts';
import { median, slope } from './statistics.ts';
import { burst } from './wrk.ts';

/** Two points make no trend; and a slow machine gets no end of time. */
const FEWEST_BURSTS = 4;
const MOST_BURSTS = 20;

export async function measureIdle(
  upstream: string,
  plan: Plan,
  bench: Bench,
): Promise<readonly IdleRow[]> {
  const rows: IdleRow[] = [];
  for (const contender of CONTENDERS.filter(({ isWeighed }) => isWeighed)) {
    for (const withStream of [false, true]) {
      bench.progress(
        `idle sessions of ${contender.name}${withStream ? ', each with a stream' : ''}`,
      );
      // Only the reference gateway's has a bar to hold.
      const repeats = contender === REFERENCE ? plan.idleRepeats : 1;
      const found: Weight[] = [];
      for (let repeat = 0; repeat < repeats; repeat++) {
        found.push(await idleOnce(contender, withStream, upstream, plan, bench));
      }
      rows.push({
        contender: contender.name,
        withStream,
        sessions: plan.idleSteps * plan.idleStep,
        residentPerSession: median(found.map(({ resident }) => resident)),
        heapPerSession: median(found.map(({ heap }) => heap)),
      });
    }
  }
  return rows;
}

/** Per session, in a process of its own. */
async function idleOnce(
  contender: Contender,
  withStream: boolean,
  upstream: string,
  plan: Plan,
  bench: Bench,
): Promise<Weight> {
  const flags = contender.isNode ? COLLECTING : [];
  await using target = await RunningContender.start(contender, upstream, bench, flags);
  // What a process allocates once, at its first sessions, is no session's.
  await using first = new Sessions(target.url, contender.prefixes);
  await first.open(plan.idleStep, withStream);
  await first.end();
  await using sessions = new Sessions(target.url, contender.prefixes);
  // The first collection gives back what the start needed.
  await target.weigh();
  const weights: [number, Weight][] = [[0, await target.weigh()]];
  for (let step = 1; step <= plan.idleSteps; step++) {
    await sessions.open(plan.idleStep, withStream);
    weights.push([step * plan.idleStep, await target.weigh()]);
  }
  return slopeOf(weights);
}

/** On the reference gateway, over so many calls after the first few. */
export async function measureGrowth(upstream: string, plan: Plan, bench: Bench): Promise<Growth> {
  await using target = await RunningContender.start(REFERENCE, upstream, bench, COLLECTING);
  await using sessions = new Sessions(target.url, REFERENCE.prefixes);
  await sessions.open(plan.sessions[0] ?? 1);
  const load = async (): Promise<number> =>
    (await burst(target, sessions.ids, 'json', plan.growthSeconds, bench)).requests;
  await load();
  await target.weigh();
  const weights: [number, Weight][] = [[0, await lighter(target)]];
  let calls = 0;
  for (let bursts = 0; bursts < MOST_BURSTS; bursts++) {
    if (calls >= plan.growthCalls && bursts >= FEWEST_BURSTS) break;
    bench.progress(`memory after ${calls} calls`);
    calls += await load();
    weights.push([calls, await lighter(target)]);
  }
  const { resident, heap } = slopeOf(weights);
  return { calls, residentPerCall: resident, heapPerCall: heap };
}

/** Of two: the sockets of a burst that has just ended take a moment to go. */
async function lighter(target: RunningContender): Promise<Weight> {
  const [first, second] = [await target.weigh(), await target.weigh()];
  return first.heap < second.heap ? first : second;
}

function slopeOf(weights: readonly (readonly [number, Weight])[]): Weight {
  return {
    resident: slope(weights.map(([count, weight]) => [count, weight.resident])),
    heap: slope(weights.map(([count, weight]) => [count, weight.heap])),
  };
}
