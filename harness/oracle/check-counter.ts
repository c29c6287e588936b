/**
 * Is there an order of these calls, and a choice of those whose fate is unknown, that explains every
 * value a client was told? Exact for increments by one, in O(n log n) where there is one way in which
 * the counter's lives can have followed one another: a value pins its increment to a step of the
 * counter, every answer narrows the time of the steps around it, and the steps that nobody claims are
 * filled by increments without a value. A matching that fills all gaps and one that places all
 * acknowledged increments combine into one that does both (Mendelsohn and Dulmage 1958).
 */

import { corridorOf, topsOf, type Corridor } from './corridor.ts';
import {
  AT_MOST_ONCE,
  type CounterFinding,
  type CounterOperation,
  type CounterRules,
} from './counter-history.ts';
import { hasTooManyLives, livesOf, namesStates, oneLife, type Lives } from './lives.ts';
import { matchGaps, type Matching, type Windows } from './matching.ts';

const WITNESSES_MAX = 6;

/**
 * Nothing is found if and only if the history can be explained; otherwise the cheapest explanation of
 * why not. Where the lives can have followed one another in too many ways (see `hasTooManyLives`) it
 * is no longer exact, and still never wrong: each state is then judged by itself, or nothing is.
 */
export function checkCounter(
  operations: readonly CounterOperation[],
  rules: CounterRules = AT_MOST_ONCE,
): readonly CounterFinding[] {
  const nonsense = nonsenseIn(operations);
  if (nonsense.length > 0) return nonsense;
  const named = namesStates(operations);
  if (!named && (rules.resets ?? []).length === 0) {
    return inLives(operations, rules, oneLife(operations));
  }
  if (hasTooManyLives(operations, rules)) {
    return named ? stateByState(operations, rules) : [];
  }
  let cheapest: readonly CounterFinding[] | undefined;
  for (const lives of livesOf(operations, rules)) {
    const findings = inLives(operations, rules, lives);
    if (findings.length === 0) return findings;
    if (cheapest === undefined || costOf(findings) < costOf(cheapest)) cheapest = findings;
  }
  return cheapest ?? sideBySide(operations, rules);
}

/** How many repetitions explain it; Infinity if none do. */
function costOf(findings: readonly CounterFinding[]): number {
  return findings.reduce(
    (sum, { anomaly, count }) => sum + (anomaly === 'DUPLICATE' ? count : Infinity),
    0,
  );
}

/** That the states cannot have followed one another, after what else is wrong with one of them. */
function sideBySide(
  operations: readonly CounterOperation[],
  rules: CounterRules,
): readonly CounterFinding[] {
  const states = Map.groupBy(
    operations.filter(({ isCertain, state }) => isCertain && state !== undefined),
    ({ state }) => state,
  );
  const witnesses = [...states.values()].flatMap((some) => some.slice(0, 1).map(({ ref }) => ref));
  return [
    ...stateByState(operations, rules),
    { anomaly: 'SPLIT', count: states.size, witnesses: witnesses.slice(0, WITNESSES_MAX) },
  ];
}

/** As if all that is not known to belong to another state could have been applied to this one. */
function stateByState(
  operations: readonly CounterOperation[],
  rules: CounterRules,
): readonly CounterFinding[] {
  const stateOf = ({ isCertain, state }: CounterOperation): string | undefined =>
    isCertain ? state : undefined;
  const anywhere = operations
    .filter((one) => stateOf(one) === undefined || rules.mayRepeat)
    .map(({ kind, startMs, endMs, ref }) => ({ kind, startMs, endMs, isCertain: false, ref }));
  for (const own of Map.groupBy(operations, stateOf).values()) {
    if (inLives(own, rules, oneLife(own)).length === 0) continue;
    const all = [...own, ...anywhere];
    const findings = inLives(all, rules, oneLife(all));
    if (findings.length > 0) return findings;
  }
  return [];
}

function inLives(
  operations: readonly CounterOperation[],
  rules: CounterRules,
  lives: Lives,
): readonly CounterFinding[] {
  const beyond = outOfReach(operations, rules, lives);
  if (beyond.length > 0) return beyond;
  const corridor = corridorOf(operations, lives);
  const refs = (indices: readonly number[]): readonly string[] =>
    indices.map((index) => operations[index]?.ref ?? '');
  const [same] = corridor.sameValue;
  if (same !== undefined) {
    const count = corridor.sameValue.length;
    return [{ anomaly: 'DUP_VALUE', count, witnesses: refs(same) }];
  }
  const crossed = corridor.from.findIndex((from, at) => from > (corridor.to[at] as number));
  if (crossed !== -1) {
    return [{ anomaly: 'ORDER', count: 1, witnesses: around([crossed], corridor, operations) }];
  }
  const open = openIn(corridor);
  return [...unexplained(operations, rules, lives, open), ...lost(operations, lives, open)];
}

/** Answers with a value that no counter ever gives: it counts from zero, one by one. */
function nonsenseIn(operations: readonly CounterOperation[]): readonly CounterFinding[] {
  const told = operations.filter(
    ({ kind, isCertain, value }) =>
      isCertain &&
      value !== undefined &&
      !(Number.isSafeInteger(value) && value >= (kind === 'increment' ? 1 : 0)),
  );
  if (told.length === 0) return [];
  const witnesses = told.slice(0, WITNESSES_MAX).map(({ ref }) => ref);
  return [{ anomaly: 'ORDER', count: told.length, witnesses }];
}

/** Values that not even all increments together make; the corridor need not be as long as they say. */
function outOfReach(
  operations: readonly CounterOperation[],
  { applicationsMax }: CounterRules,
  lives: Lives,
): readonly CounterFinding[] {
  const increments = operations.filter(({ kind }) => kind === 'increment').length;
  const steps = topsOf(operations, lives).reduce((sum, top) => sum + top, 0);
  const count = steps - increments * applicationsMax;
  if (count <= 0) return [];
  let highest: CounterOperation | undefined;
  for (const operation of operations) {
    const { isCertain, value = 0 } = operation;
    if (isCertain && value > (highest?.value ?? 0)) highest = operation;
  }
  return [{ anomaly: 'UNEXPLAINED_INCREMENT', count, witnesses: highest ? [highest.ref] : [] }];
}

/** The steps that no increment was told to be. */
interface Open {
  readonly corridor: Corridor;
  /** Their positions. */
  readonly steps: readonly number[];
  /** Their windows in milliseconds. */
  readonly gaps: Windows;
  /** By life: its first gap, by index; one more, for the end. */
  readonly firstGaps: readonly number[];
}

function openIn(corridor: Corridor): Open {
  const { births, tails, pinned, from, to } = corridor;
  const steps: number[] = [];
  const firstGaps = births.map((birth, life) => {
    const first = steps.length;
    for (let step = birth + 1; step < (tails[life] as number); step += 1) {
      if (pinned[step] === -1) steps.push(step);
    }
    return first;
  });
  return {
    corridor,
    steps,
    gaps: windowsAt(steps, from, to),
    firstGaps: [...firstGaps, steps.length],
  };
}

function windowsAt(positions: readonly number[], from: Float64Array, to: Float64Array): Windows {
  return {
    from: Float64Array.from(positions, (position) => from[position] as number),
    to: Float64Array.from(positions, (position) => to[position] as number),
  };
}

/** When an increment without a value can have been applied, and in which life; -1: in any. */
interface Token {
  readonly fromMs: number;
  readonly toMs: number;
  readonly life: number;
}

/** Steps for which there is no increment, or only one that was applied before. */
function unexplained(
  operations: readonly CounterOperation[],
  rules: CounterRules,
  { lifeOf }: Lives,
  open: Open,
): readonly CounterFinding[] {
  const { corridor, steps } = open;
  const { horizonMs, applicationsMax } = rules;
  const tokens: Token[] = [];
  operations.forEach(({ kind, value, isCertain, startMs, endMs }, index) => {
    if (kind !== 'increment' || value !== undefined) return;
    const life = isCertain ? (lifeOf[index] as number) : -1;
    tokens.push({ fromMs: startMs, toMs: isCertain ? endMs : horizonMs, life });
  });
  const once = filled(open, tokens);
  if (once.unfilled === 0) return [];
  const late = operations
    .filter(({ kind }) => kind === 'increment')
    .map(({ startMs }) => ({ fromMs: startMs, toMs: horizonMs, life: -1 }));
  const copies = Array.from({ length: applicationsMax - 1 }, () => late).flat();
  const repeated = filled(open, [...tokens, ...copies]);
  const matching = repeated.unfilled > 0 ? repeated : once;
  if (repeated.unfilled === 0 && rules.mayRepeat) return [];
  const empty = steps.filter((_, gap) => matching.tokenOf[gap] === -1);
  const anomaly = repeated.unfilled > 0 ? 'UNEXPLAINED_INCREMENT' : 'DUPLICATE';
  return [{ anomaly, count: matching.unfilled, witnesses: around(empty, corridor, operations) }];
}

/** Acknowledged increments for which no step is left, neither one that was told of nor an untold one. */
function lost(
  operations: readonly CounterOperation[],
  { lifeOf, isFirstTold }: Lives,
  open: Open,
): readonly CounterFinding[] {
  const { from, to, births, tails } = open.corridor;
  const untoldMs = isFirstTold ? -Infinity : (to[births[0] as number] as number);
  const ends = windowsAt(tails, from, to);
  const placed: Token[] = [];
  const refs: string[] = [];
  operations.forEach(({ kind, isCertain, value, startMs, endMs, ref }, index) => {
    if (kind !== 'increment' || !isCertain || value !== undefined) return;
    const life = lifeOf[index] as number;
    // Of the ends that are not before it, the first is the one that it can be after.
    const tail = life >= 0 ? life : firstFrom(ends.to, startMs);
    const isLate = endMs >= (ends.from[tail] as number);
    const isEarly = life < 0 && startMs <= untoldMs;
    if (isLate || isEarly) return;
    placed.push({ fromMs: startMs, toMs: endMs, life });
    refs.push(ref);
  });
  const found = new Set(filled(open, placed).tokenOf);
  const witnesses = refs.filter((_, index) => !found.has(index));
  if (witnesses.length === 0) return [];
  const count = witnesses.length;
  return [{ anomaly: 'LOST_INCREMENT', count, witnesses: witnesses.slice(0, WITNESSES_MAX) }];
}

/** Gaps and tokens by the gaps' own numbers: both ends of their windows rise, so a token fits a run of them. */
function filled({ gaps, firstGaps }: Open, tokens: readonly Token[]): Matching {
  const numbers = Float64Array.from(gaps.from.keys());
  const from = Float64Array.from(tokens, ({ fromMs, life }) =>
    Math.max(firstFrom(gaps.to, fromMs), firstGaps[life] ?? 0),
  );
  const to = Float64Array.from(
    tokens,
    ({ toMs, life }) =>
      Math.min(firstAfter(gaps.from, toMs), life < 0 ? Infinity : (firstGaps[life + 1] as number)) -
      1,
  );
  return matchGaps({ from: numbers, to: numbers }, { from, to });
}

/** The first of these rising times that is not before this one. */
function firstFrom(times: Float64Array, timeMs: number): number {
  return firstWhere(times, (time) => time >= timeMs);
}

function firstAfter(times: Float64Array, timeMs: number): number {
  return firstWhere(times, (time) => time > timeMs);
}

function firstWhere(times: Float64Array, holds: (time: number) => boolean): number {
  let low = 0;
  for (let high = times.length; low < high;) {
    const middle = (low + high) >> 1;
    if (holds(times[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The operations that bound the first of these positions: what happened before and after it. */
function around(
  positions: readonly number[],
  { fromOf, toOf }: Corridor,
  operations: readonly CounterOperation[],
): readonly string[] {
  const bounds = positions.flatMap((one) => [fromOf[one] as number, toOf[one] as number]);
  const refs = bounds.filter((index) => index >= 0).map((index) => operations[index]?.ref ?? '');
  return [...new Set(refs)].slice(0, WITNESSES_MAX);
}
