/**
 * Is there an order of these calls, and a choice of those whose fate is unknown, that explains every
 * value a client was told? Exact for increments by one, in O(n log n): a value pins its increment to
 * a step of the counter, every answer narrows the time of the steps around it, and the steps that
 * nobody claims are filled by increments without a value. A matching that fills all gaps and one that
 * places all acknowledged increments combine into one that does both (Mendelsohn and Dulmage 1958).
 */

import { corridorOf, type Corridor } from './corridor.ts';
import {
  AT_MOST_ONCE,
  type CounterFinding,
  type CounterOperation,
  type CounterRules,
} from './counter-history.ts';
import { matchGaps, type Windows } from './matching.ts';

const WITNESSES_MAX = 6;

/** Nothing is found if and only if the history can be explained; otherwise the cheapest explanation of why not. */
export function checkCounter(
  operations: readonly CounterOperation[],
  rules: CounterRules = AT_MOST_ONCE,
): readonly CounterFinding[] {
  const nonsense = nonsenseIn(operations);
  const impossible = nonsense.length > 0 ? nonsense : outOfReach(operations, rules);
  if (impossible.length > 0) return impossible;
  const corridor = corridorOf(operations);
  const refs = (indices: readonly number[]): readonly string[] =>
    indices.map((index) => operations[index]?.ref ?? '');
  const [same] = corridor.sameValue;
  if (same !== undefined) {
    const count = corridor.sameValue.length;
    return [{ anomaly: 'DUP_VALUE', count, witnesses: refs(same) }];
  }
  const crossed = crossedStep(corridor);
  if (crossed !== undefined) {
    const { fromOf, toOf } = corridor;
    const witnesses = refs([fromOf[crossed] as number, toOf[crossed] as number]);
    return [{ anomaly: 'ORDER', count: 1, witnesses }];
  }
  const steps = gapsOf(corridor);
  const gaps = windowsOf(steps, corridor);
  return [
    ...unexplained(operations, rules, { corridor, steps, gaps }),
    ...lost(operations, { corridor, steps, gaps }),
  ];
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

/** A value that not even all increments together make; the corridor need not be as long as it says. */
function outOfReach(
  operations: readonly CounterOperation[],
  { applicationsMax }: CounterRules,
): readonly CounterFinding[] {
  const increments = operations.filter(({ kind }) => kind === 'increment').length;
  const reach = increments * applicationsMax;
  let highest: CounterOperation | undefined;
  for (const operation of operations) {
    const { isCertain, value = 0 } = operation;
    if (isCertain && value > (highest?.value ?? reach)) highest = operation;
  }
  if (highest?.value === undefined) return [];
  const count = highest.value - reach;
  return [{ anomaly: 'UNEXPLAINED_INCREMENT', count, witnesses: [highest.ref] }];
}

function crossedStep({ top, from, to }: Corridor): number | undefined {
  for (let step = 1; step <= top; step += 1) {
    if ((from[step] as number) > (to[step] as number)) return step;
  }
  return undefined;
}

/** The steps that no increment was told to be. */
function gapsOf({ top, pinned }: Corridor): readonly number[] {
  const steps: number[] = [];
  for (let step = 1; step <= top; step += 1) if (pinned[step] === -1) steps.push(step);
  return steps;
}

function windowsOf(steps: readonly number[], { from, to }: Corridor): Windows {
  return {
    from: Float64Array.from(steps, (step) => from[step] as number),
    to: Float64Array.from(steps, (step) => to[step] as number),
  };
}

interface Gaps {
  readonly corridor: Corridor;
  readonly steps: readonly number[];
  readonly gaps: Windows;
}

/** Steps for which there is no increment, or only one that was applied before. */
function unexplained(
  operations: readonly CounterOperation[],
  rules: CounterRules,
  { corridor, steps, gaps }: Gaps,
): readonly CounterFinding[] {
  const increments = operations.filter(({ kind }) => kind === 'increment');
  const nameless = increments.filter(({ value }) => value === undefined);
  const tokens = nameless.map((one) => windowOf(one, rules));
  const once = matchGaps(gaps, columns(tokens));
  if (once.unfilled === 0) return [];
  const copies = Array.from({ length: rules.applicationsMax - 1 }, () => increments).flat();
  const late = copies.map(({ startMs }) => [startMs, rules.horizonMs] as const);
  const repeated = matchGaps(gaps, columns([...tokens, ...late]));
  const matching = repeated.unfilled > 0 ? repeated : once;
  if (repeated.unfilled === 0 && rules.mayRepeat) return [];
  const empty = steps.filter((_, gap) => matching.tokenOf[gap] === -1);
  const anomaly = repeated.unfilled > 0 ? 'UNEXPLAINED_INCREMENT' : 'DUPLICATE';
  return [{ anomaly, count: matching.unfilled, witnesses: around(empty, corridor, operations) }];
}

/** Acknowledged increments for which no step is left, neither below the top nor, being too early, above it. */
function lost(
  operations: readonly CounterOperation[],
  { corridor, gaps }: Gaps,
): readonly CounterFinding[] {
  const beyond = corridor.from[corridor.top + 1] as number;
  const placed = operations.filter(
    ({ kind, isCertain, value, endMs }) =>
      kind === 'increment' && isCertain && value === undefined && endMs < beyond,
  );
  const { tokenOf } = matchGaps(
    gaps,
    columns(placed.map(({ startMs, endMs }) => [startMs, endMs] as const)),
  );
  const found = new Set(tokenOf);
  const witnesses = placed.filter((_, index) => !found.has(index)).map(({ ref }) => ref);
  if (witnesses.length === 0) return [];
  const count = witnesses.length;
  return [{ anomaly: 'LOST_INCREMENT', count, witnesses: witnesses.slice(0, WITNESSES_MAX) }];
}

type Window = readonly [from: number, to: number];

/** When an increment without a value can have been applied. */
function windowOf({ isCertain, startMs, endMs }: CounterOperation, rules: CounterRules): Window {
  return [startMs, isCertain ? endMs : rules.horizonMs];
}

function columns(windows: readonly Window[]): Windows {
  return {
    from: Float64Array.from(windows, ([from]) => from),
    to: Float64Array.from(windows, ([, to]) => to),
  };
}

/** The operations that bound the first of these steps: what happened before and after it. */
function around(
  steps: readonly number[],
  { fromOf, toOf }: Corridor,
  operations: readonly CounterOperation[],
): readonly string[] {
  const bounds = steps.flatMap((step) => [fromOf[step] as number, toOf[step] as number]);
  const refs = bounds.filter((index) => index >= 0).map((index) => operations[index]?.ref ?? '');
  return [...new Set(refs)].slice(0, WITNESSES_MAX);
}
