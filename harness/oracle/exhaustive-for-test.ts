/**
 * The same question as `checkCounter`, answered by trying everything: which of the increments were
 * applied, how often, and in which order. Exponential, and so simple that it can be believed; the
 * exact checker is compared with it.
 */

import type { CounterOperation, CounterRules } from './counter-history.ts';

/** Something that takes effect once in its window, or not at all. */
interface Effect {
  readonly from: number;
  readonly to: number;
  readonly adds: 0 | 1;
  readonly value: number | undefined;
  readonly mustHappen: boolean;
  readonly isRepetition: boolean;
}

/** The fewest repetitions with which the history is explained; undefined if it never is. */
export function fewestRepetitions(
  operations: readonly CounterOperation[],
  rules: CounterRules,
): number | undefined {
  const effects = effectsOf(operations, rules);
  const sumOf = (set: number, of: (effect: Effect) => number): number =>
    effects.reduce((sum, effect, bit) => sum + (set & (1 << bit) ? of(effect) : 0), 0);
  // For each set of effects, the earliest time at which all of them, and no others, can be over.
  const earliest = new Map([[0, -Infinity]]);
  let fewest: number | undefined;
  for (let set = 0; set < 1 << effects.length; set += 1) {
    const nowMs = earliest.get(set);
    if (nowMs === undefined) continue;
    const counter = sumOf(set, ({ adds }) => adds);
    effects.forEach((effect, bit) => {
      const atMs = Math.max(nowMs, effect.from);
      const isTold = effect.value === undefined || effect.value === counter + effect.adds;
      if (set & (1 << bit) || atMs > effect.to || !isTold) return;
      const larger = set | (1 << bit);
      earliest.set(larger, Math.min(atMs, earliest.get(larger) ?? Infinity));
    });
    const isWhole = effects.every(({ mustHappen }, bit) => !mustHappen || set & (1 << bit));
    const repetitions = sumOf(set, ({ isRepetition }) => Number(isRepetition));
    if (isWhole && repetitions < (fewest ?? Infinity)) fewest = repetitions;
  }
  return fewest;
}

function effectsOf(
  operations: readonly CounterOperation[],
  rules: CounterRules,
): readonly Effect[] {
  return operations.flatMap(({ kind, startMs, endMs, isCertain, value }) => {
    const once: Effect = {
      from: startMs,
      to: isCertain ? endMs : rules.horizonMs,
      adds: kind === 'increment' ? 1 : 0,
      value,
      mustHappen: isCertain,
      isRepetition: false,
    };
    const again = { to: rules.horizonMs, value: undefined, mustHappen: false, isRepetition: true };
    const copies = kind === 'increment' ? rules.applicationsMax - 1 : 0;
    return [once, ...Array.from({ length: copies }, () => ({ ...once, ...again }))];
  });
}
