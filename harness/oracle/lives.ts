/**
 * The lives of a counter: it counts from zero in each, and one is over when the next begins. Where the
 * answers name their states, only the order is open, and only between those that were seen at the same
 * time. Where they do not, each time at which state may have been lost did or did not begin a new
 * life, and a call that lasted through it may belong to either.
 */

import type { CounterOperation, CounterReset, CounterRules } from './counter-history.ts';

/** One way in which it may have been. */
export interface Lives {
  readonly count: number;
  /** By operation: its life, from 0 in order of time; -1: whichever its time allows, if it took effect at all. */
  readonly lifeOf: Int32Array;
  /** When each can have begun, as far as that is known by itself. */
  readonly begins: readonly CounterReset[];
  /** False where there may have been one before the first, and no answer named it. */
  readonly isFirstTold: boolean;
}

/** Beyond this many nobody tries them all. */
export const WAYS_MAX = 2_000;
/** More states than this have no order that is worth looking for. */
const STATES_MAX = 200;

const ANY_TIME: CounterReset = { fromMs: -Infinity, toMs: Infinity };

/** The likeliest first; none: the states that were told cannot have followed one another. */
export function* livesOf(
  operations: readonly CounterOperation[],
  { resets = [] }: Pick<CounterRules, 'resets'>,
): Generator<Lives> {
  if (namesStates(operations)) {
    const states = statesOf(operations);
    if (areSideBySide(states)) return;
    for (const order of ordersOf(states)) yield inOrder(operations, order);
    return;
  }
  for (const chosen of sequencesOf(resets)) yield* cutAt(operations, chosen);
}

/** Whether trying them all is out of the question: they are counted, and none is worked out. */
export function hasTooManyLives(
  operations: readonly CounterOperation[],
  { resets = [] }: Pick<CounterRules, 'resets'>,
): boolean {
  return namesStates(operations)
    ? hasTooManyOrders(statesOf(operations))
    : hasTooManyCuts(operations, resets);
}

function hasTooManyOrders(states: readonly State[]): boolean {
  if (states.length > STATES_MAX) return true;
  return !areSideBySide(states) && ordersOf(states).drop(WAYS_MAX).next().done !== true;
}

function hasTooManyCuts(
  operations: readonly CounterOperation[],
  resets: readonly CounterReset[],
): boolean {
  // Every choice of resets has an order, and they are too many to list, too.
  if (2 ** resets.length > WAYS_MAX) return true;
  // Whatever is chosen, the other calls have one life that they can belong to.
  const through = operations.filter((one) => {
    const { startMs, endMs } = one;
    return isTold(one) && resets.some(({ fromMs, toMs }) => fromMs <= endMs && toMs >= startMs);
  });
  let ways = 0;
  for (const chosen of sequencesOf(resets)) {
    const begins = [ANY_TIME, ...chosen];
    ways += through.reduce((product, one) => {
      const [from, to] = rangeOf(one, begins);
      return product * (to - from + 1);
    }, 1);
    if (ways > WAYS_MAX) return true;
  }
  return false;
}

/** All in one life, whatever they say. */
export function oneLife(operations: readonly CounterOperation[]): Lives {
  const lifeOf = Int32Array.from(operations, (one) => (isTold(one) ? 0 : -1));
  return { count: 1, lifeOf, begins: [ANY_TIME], isFirstTold: true };
}

/** Whether every value came with the name of its state, and at least one answer did. */
export function namesStates(operations: readonly CounterOperation[]): boolean {
  return (
    operations.some(({ isCertain, state }) => isCertain && state !== undefined) &&
    operations.every((one) => !isTold(one) || one.state !== undefined)
  );
}

function isTold({ isCertain, value }: CounterOperation): boolean {
  return isCertain && value !== undefined;
}

interface State {
  readonly name: string;
  /** It lived at this time, or later. */
  aliveMs: number;
  /** It had begun by this time. */
  bornMs: number;
}

function statesOf(operations: readonly CounterOperation[]): readonly State[] {
  const states = new Map<string, State>();
  for (const { isCertain, state: name, startMs, endMs } of operations) {
    if (!isCertain || name === undefined) continue;
    const state = states.get(name);
    if (state === undefined) states.set(name, { name, aliveMs: startMs, bornMs: endMs });
    else {
      state.aliveMs = Math.max(state.aliveMs, startMs);
      state.bornMs = Math.min(state.bornMs, endMs);
    }
  }
  return [...states.values()].toSorted((a, b) => a.aliveMs + a.bornMs - (b.aliveMs + b.bornMs));
}

/** Of two states, each was seen when the other had begun; without such a pair this is an order. */
function areSideBySide(states: readonly State[]): boolean {
  // The later one by what `statesOf` sorts by was then seen when the earlier one had begun, too.
  return states.some(({ bornMs }, index) =>
    states.slice(0, index).some(({ aliveMs }) => aliveMs > bornMs),
  );
}

/** Every order in which none lives on when a later one has begun; whoever may be first never ends in a dead end. */
function* ordersOf(states: readonly State[]): Generator<readonly State[]> {
  if (states.length === 0) yield [];
  const [first, second] = states.map(({ bornMs }) => bornMs).toSorted((a, b) => a - b);
  for (const state of states) {
    // Of the others, the one that must begin first.
    const nextMs = (state.bornMs === first ? second : first) ?? Infinity;
    if (state.aliveMs > nextMs) continue;
    for (const rest of ordersOf(states.filter((other) => other !== state))) yield [state, ...rest];
  }
}

function inOrder(operations: readonly CounterOperation[], order: readonly State[]): Lives {
  const lives = new Map<string | undefined, number>(order.map(({ name }, life) => [name, life]));
  const lifeOf = Int32Array.from(operations, ({ isCertain, state }) =>
    isCertain ? (lives.get(state) ?? -1) : -1,
  );
  return { count: order.length, lifeOf, begins: order.map(() => ANY_TIME), isFirstTold: false };
}

/**
 * Every choice of resets in every order that they can have had. First that each of them was one, which
 * is what a gateway leaves behind that says what it lost; then the smallest, from none at all.
 */
function* sequencesOf(resets: readonly CounterReset[]): Generator<readonly CounterReset[]> {
  yield* sequencesOfSize(resets, resets.length);
  for (let size = 0; size < resets.length; size += 1) yield* sequencesOfSize(resets, size);
}

function* sequencesOfSize(
  resets: readonly CounterReset[],
  size: number,
): Generator<readonly CounterReset[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (const reset of resets) {
    const later = resets.filter((one) => mayPrecede(reset, one, resets));
    for (const rest of sequencesOfSize(later, size - 1)) yield [reset, ...rest];
  }
}

/** Nothing precedes itself; of two orders, one that allows no more than the other is left out. */
function mayPrecede(
  one: CounterReset,
  next: CounterReset,
  resets: readonly CounterReset[],
): boolean {
  if (one.fromMs === next.fromMs && one.toMs === next.toMs) {
    return resets.indexOf(one) < resets.indexOf(next);
  }
  return !(next.fromMs <= one.fromMs && next.toMs <= one.toMs);
}

/** Every way to share the answers out among the lives between these resets. */
function* cutAt(
  operations: readonly CounterOperation[],
  cuts: readonly CounterReset[],
): Generator<Lives> {
  const begins = [ANY_TIME, ...cuts];
  const ranges = operations.map((one) => rangeOf(one, begins));
  const lifeOf = Int32Array.from(ranges, ([from]) => from);
  for (;;) {
    yield { count: begins.length, lifeOf: lifeOf.slice(), begins, isFirstTold: true };
    // Like an odometer: the first that can go on does, and those before it begin again.
    const at = ranges.findIndex(([, to], index) => (lifeOf[index] as number) < to);
    if (at === -1) return;
    lifeOf[at] = (lifeOf[at] as number) + 1;
    for (let index = 0; index < at; index += 1)
      lifeOf[index] = (ranges[index] as [number, number])[0];
  }
}

/** The first and the last of the lives that it can belong to. */
function rangeOf(
  one: CounterOperation,
  begins: readonly CounterReset[],
): readonly [number, number] {
  if (!isTold(one)) return [-1, -1];
  const { startMs, endMs } = one;
  const from = begins.findLastIndex(({ toMs }) => toMs < startMs);
  const beyond = begins.findIndex(({ fromMs }) => fromMs > endMs);
  return [Math.max(from, 0), (beyond === -1 ? begins.length : beyond) - 1];
}
