/**
 * Small random histories of one counter, and the question whether the exact checker says of one what
 * trying everything says: in `npm test` and, for longer, in `npm run oracle:nightly`.
 */

import * as fc from 'fast-check';
import { checkCounter } from './check-counter.ts';
import type { CounterOperation, CounterReset, CounterRules } from './counter-history.ts';
import { fewestRepetitions } from './exhaustive-for-test.ts';

export interface CounterCase {
  readonly operations: readonly CounterOperation[];
  readonly rules: CounterRules;
}

/** What one says of it: the fewest repetitions that explain it, 0 where they are allowed; undefined: nothing does. */
export interface Compared {
  readonly exhaustive: number | undefined;
  readonly exact: number | undefined;
}

const OPERATIONS_MAX = 6;
const RESETS_MAX = 2;

interface Drawn {
  readonly kind: 'increment' | 'read';
  readonly startMs: number;
  readonly tookMs: number;
  readonly isCertain: boolean;
  readonly value: number | undefined;
  readonly state: string;
  readonly isNamed: boolean;
}

/** Few times and few values, so that histories that can just be explained are as common as others. */
interface Scale {
  readonly startMax: number;
  readonly tookMax: number;
  readonly valueMax: number;
  readonly nonsenseWeight: number;
}

const ONE_LIFE: Scale = { startMax: 8, tookMax: 4, valueMax: 5, nonsenseWeight: 1 };
const SEVERAL_LIVES: Scale = { startMax: 5, tookMax: 3, valueMax: 2, nonsenseWeight: 0 };

function drawnIn({ startMax, tookMax, valueMax, nonsenseWeight }: Scale): fc.Arbitrary<Drawn> {
  const value = fc.oneof(
    { weight: 12, arbitrary: fc.nat(valueMax) },
    { weight: nonsenseWeight, arbitrary: fc.constantFrom(-1, 0.5, 1.5) },
  );
  return fc
    .record({
      kind: fc.constantFrom('increment' as const, 'increment' as const, 'read' as const),
      startMs: fc.nat(startMax),
      tookMs: fc.nat(tookMax),
      isCertain: fc.boolean(),
      value: fc.option(value, { nil: undefined, freq: 4 }),
      state: fc.constantFrom('a', 'b', 'c'),
      isNamed: fc.boolean(),
    })
    .filter(
      ({ kind, isCertain, value: told }) =>
        kind === 'increment' || (isCertain && told !== undefined),
    );
}

const reset: fc.Arbitrary<CounterReset> = fc
  .tuple(fc.nat(SEVERAL_LIVES.startMax), fc.nat(SEVERAL_LIVES.startMax))
  .map(([fromMs, tookMs]) => ({ fromMs, toMs: fromMs + tookMs }));

const anyRules = {
  mayRepeat: fc.boolean(),
  applicationsMax: fc.constantFrom(1, 2),
  horizonMs: fc.constantFrom(14, Infinity),
};

/** One life; states that the answers name; resets between answers that name none. */
export const counterCase: fc.Arbitrary<CounterCase> = fc.oneof(
  fc.record({ operations: histories(ONE_LIFE, asTold), rules: fc.record(anyRules) }),
  fc.record({ operations: histories(SEVERAL_LIVES, inState), rules: fc.record(anyRules) }),
  fc.record({
    operations: histories(SEVERAL_LIVES, asTold),
    rules: fc.record({
      ...anyRules,
      resets: fc.array(reset, { minLength: 1, maxLength: RESETS_MAX }),
    }),
  }),
);

function histories(
  scale: Scale,
  of: (one: Drawn) => CounterOperation,
): fc.Arbitrary<readonly CounterOperation[]> {
  return fc
    .array(drawnIn(scale), { minLength: 1, maxLength: OPERATIONS_MAX })
    .map((some) => some.map(of));
}

export function compared({ operations, rules }: CounterCase): Compared {
  const fewest = fewestRepetitions(operations, rules);
  const findings = checkCounter(operations, rules);
  const isExplained = findings.every(({ anomaly }) => anomaly === 'DUPLICATE');
  const repetitions = findings.reduce((sum, { count }) => sum + count, 0);
  return {
    exhaustive: rules.mayRepeat && fewest !== undefined ? 0 : fewest,
    exact: isExplained ? repetitions : undefined,
  };
}

function asTold({ kind, startMs, tookMs, isCertain, value }: Drawn): CounterOperation {
  return {
    kind,
    startMs,
    endMs: startMs + tookMs,
    isCertain,
    ref: '',
    ...(isCertain && value !== undefined && { value }),
  };
}

/** A value never comes without its state; an acknowledgement may. */
function inState(one: Drawn): CounterOperation {
  const { state, value, isNamed } = one;
  return { ...asTold(one), ...((value !== undefined || isNamed) && { state }) };
}
