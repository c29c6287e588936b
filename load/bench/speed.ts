/**
 * Speed side by side: all contenders run at once, and each round measures them one after the other
 * under each load, forwards and backwards in turn. What disturbs the machine meanwhile hits all of
 * them, and the medians are taken over the rounds.
 */

import { CONTENDERS, type Contender } from './contenders.ts';
import type { Plan } from './plan.ts';
import type { SpeedRow } from './result.ts';
import { RunningContender, type Bench } from './running-contender.ts';
import { Sessions } from './sessions.ts';
import { median } from './statistics.ts';
import { burst, type AnswerKind, type Burst } from './wrk.ts';

interface Load {
  readonly sessions: number;
  readonly answers: AnswerKind;
}

const KINDS = ['json', 'sse'] as const;

export async function measureSpeed(
  upstream: string,
  plan: Plan,
  bench: Bench,
): Promise<readonly SpeedRow[]> {
  await using running = new AsyncDisposableStack();
  const targets: RunningContender[] = [];
  for (const contender of CONTENDERS) {
    targets.push(running.use(await RunningContender.start(contender, upstream, bench)));
  }
  const loads = plan.sessions.flatMap((sessions) =>
    KINDS.map((answers): Load => ({ sessions, answers })),
  );
  for (const target of plan.warmupSeconds === 0 ? [] : targets) {
    bench.progress(`warming up ${target.contender.name}`);
    for (const answers of KINDS) {
      const load = { sessions: plan.sessions[0] ?? 1, answers };
      await underLoad(target, load, plan.warmupSeconds, bench);
    }
  }
  const bursts = new Map<string, Burst[]>();
  for (let round = 1; round <= plan.rounds; round++) {
    for (const load of loads) {
      const { sessions, answers } = load;
      bench.progress(`round ${round} of ${plan.rounds}: ${sessions} sessions, ${answers}`);
      for (const target of round % 2 === 1 ? targets : targets.toReversed()) {
        const key = keyOf(target.contender, load);
        const found = await underLoad(target, load, plan.seconds, bench);
        bursts.set(key, [...(bursts.get(key) ?? []), found]);
      }
    }
  }
  return loads.flatMap((load) =>
    CONTENDERS.map((contender): SpeedRow => {
      const rounds = bursts.get(keyOf(contender, load)) ?? [];
      return { contender: contender.name, ...load, median: medianOf(rounds), rounds };
    }),
  );
}

function keyOf({ name }: Contender, { sessions, answers }: Load): string {
  return `${name} ${sessions} ${answers}`;
}

/** With sessions of its own, which are ended again. */
async function underLoad(
  target: RunningContender,
  { sessions: count, answers }: Load,
  seconds: number,
  bench: Bench,
): Promise<Burst> {
  await using sessions = new Sessions(target.url, target.contender.prefixes);
  await sessions.open(count);
  const found = await burst(target, sessions.ids, answers, seconds, bench);
  await sessions.end();
  return found;
}

function medianOf(rounds: readonly Burst[]): Burst {
  const of = (field: keyof Burst): number => median(rounds.map((round) => round[field]));
  return {
    requests: of('requests'),
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    cpuMsPerThousand: of('cpuMsPerThousand'),
    disturbance: of('disturbance'),
  };
}
