/**
 * The same question as `checkCounter`, answered by trying everything: which of the increments were
 * applied, how often, in which order, and when the counter began anew. Exponential, and so simple that
 * it can be believed; the exact checker is compared with it.
 */

import type { CounterOperation, CounterRules } from './counter-history.ts';

/** Something that takes effect once in its window, or not at all. */
interface Effect {
  readonly from: number;
  readonly to: number;
  /** Undefined: the counter goes back to zero. */
  readonly adds: 0 | 1 | undefined;
  readonly value: number | undefined;
  /** Only while the counter is in this state; of one that goes back to zero, the state that it begins. */
  readonly state: string | undefined;
  readonly mustHappen: boolean;
  readonly isRepetition: boolean;
}

/** After some of the effects. */
interface Moment {
  readonly state: string | undefined;
  readonly counter: number;
  readonly nowMs: number;
}

/** By set of effects, a bit each. */
type Reached = Map<number, Moment[]>;

/** The fewest repetitions with which the history is explained; undefined if it never is. */
export function fewestRepetitions(
  operations: readonly CounterOperation[],
  rules: CounterRules,
): number | undefined {
  const effects = effectsOf(operations, rules);
  let fewest: number | undefined;
  // For each set of effects, what the counter can be at, and how early; sets of the same size at a time.
  let reached: Reached = new Map([[0, [START]]]);
  while (reached.size > 0) {
    const larger: Reached = new Map();
    for (const [set, moments] of reached) {
      if (isWhole(set, effects)) {
        const repetitions = repeatedIn(set, effects);
        if (repetitions < (fewest ?? Infinity)) fewest = repetitions;
      }
      effects.forEach((effect, bit) => {
        if (set & (1 << bit)) return;
        for (const moment of moments) {
          const next = after(moment, effect);
          if (next !== undefined) keepEarlier(larger, set | (1 << bit), next);
        }
      });
    }
    reached = larger;
  }
  return fewest;
}

const START: Moment = { state: undefined, counter: 0, nowMs: -Infinity };

function isWhole(set: number, effects: readonly Effect[]): boolean {
  return effects.every(({ mustHappen }, bit) => !mustHappen || (set & (1 << bit)) !== 0);
}

function repeatedIn(set: number, effects: readonly Effect[]): number {
  return effects.filter((one, bit) => one.isRepetition && set & (1 << bit)).length;
}

function keepEarlier(reached: Reached, set: number, one: Moment): void {
  const moments = reached.get(set);
  if (moments === undefined) {
    reached.set(set, [one]);
    return;
  }
  const at = moments.findIndex(
    ({ state, counter }) => state === one.state && counter === one.counter,
  );
  if (at === -1) moments.push(one);
  else if (one.nowMs < (moments[at] as Moment).nowMs) moments[at] = one;
}

function after({ state, counter, nowMs }: Moment, effect: Effect): Moment | undefined {
  const atMs = Math.max(nowMs, effect.from);
  if (atMs > effect.to) return undefined;
  if (effect.adds === undefined) return { state: effect.state, counter: 0, nowMs: atMs };
  if (effect.state !== undefined && effect.state !== state) return undefined;
  const next = counter + effect.adds;
  if (effect.value !== undefined && effect.value !== next) return undefined;
  return { state, counter: next, nowMs: atMs };
}

function effectsOf(
  operations: readonly CounterOperation[],
  { horizonMs, applicationsMax, resets = [] }: CounterRules,
): readonly Effect[] {
  const states = new Set(operations.flatMap(({ isCertain, state }) => (isCertain && state) || []));
  const begin = { adds: undefined, value: undefined, mustHappen: false, isRepetition: false };
  const births = [...states].map((state) => ({ ...begin, state, from: -Infinity, to: Infinity }));
  const losses = resets.map(({ fromMs: from, toMs: to }) => ({
    ...begin,
    state: undefined,
    from,
    to,
  }));
  const calls = operations.flatMap(({ kind, startMs, endMs, isCertain, value, state }) => {
    const once: Effect = {
      from: startMs,
      to: isCertain ? endMs : horizonMs,
      adds: kind === 'increment' ? 1 : 0,
      value,
      state: isCertain ? state : undefined,
      mustHappen: isCertain,
      isRepetition: false,
    };
    const again = {
      to: horizonMs,
      value: undefined,
      state: undefined,
      mustHappen: false,
      isRepetition: true,
    };
    const copies = kind === 'increment' ? applicationsMax - 1 : 0;
    return [once, ...Array.from({ length: copies }, () => ({ ...once, ...again }))];
  });
  return [...(states.size > 0 ? births : losses), ...calls];
}
