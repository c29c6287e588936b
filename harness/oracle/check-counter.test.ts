import { expect, test } from 'vitest';
import { checkCounter } from './check-counter.ts';
import { AT_MOST_ONCE, type CounterOperation } from './counter-history.ts';

type Options = Partial<Pick<CounterOperation, 'endMs' | 'isCertain'>>;

/** Named by its kind and start, ten milliseconds long unless it says otherwise. */
function increment(startMs: number, value?: number, options: Options = {}): CounterOperation {
  const told = value !== undefined && { value };
  const ref = `inc@${startMs}`;
  return {
    kind: 'increment',
    startMs,
    endMs: startMs + 10,
    isCertain: true,
    ref,
    ...told,
    ...options,
  };
}

function read(startMs: number, value: number): CounterOperation {
  const ref = `read@${startMs}`;
  return { kind: 'read', startMs, endMs: startMs + 10, isCertain: true, value, ref };
}

const unknown = (startMs: number): CounterOperation =>
  increment(startMs, undefined, { isCertain: false });

test('finds nothing in what one client did alone, one call after the other', () => {
  expect(checkCounter([])).toEqual([]);
  expect(checkCounter([read(0, 0), increment(20, 1), increment(40, 2), read(60, 2)])).toEqual([]);
});

test('lets calls that overlap take effect in any order, and unknown ones at any time or never', () => {
  expect(checkCounter([increment(0, 2), increment(5, 1)])).toEqual([]);
  expect(checkCounter([unknown(0), read(20, 0), increment(40, 2)])).toEqual([]);
  expect(checkCounter([unknown(0), increment(40, 1)])).toEqual([]);
});

test('lets an increment take effect in the very moment in which it is answered, or sent', () => {
  expect(checkCounter([increment(0), read(10, 0), increment(30, 2)])).toEqual([]);
  expect(checkCounter([increment(0), read(11, 0), increment(30, 2)])).not.toEqual([]);
  expect(checkCounter([read(0, 1), increment(10)])).toEqual([]);
  expect(checkCounter([read(0, 1), increment(11)])).not.toEqual([]);
});

test('names the two increments that were told the same value', () => {
  const findings = checkCounter([increment(0, 1), increment(20, 2), increment(40, 2)]);
  expect(findings).toEqual([{ anomaly: 'DUP_VALUE', count: 1, witnesses: ['inc@20', 'inc@40'] }]);
});

test('names the read that came too late to see so little, and who proves it', () => {
  const findings = checkCounter([increment(0, 1), increment(20, 2), read(40, 1)]);
  expect(findings).toEqual([{ anomaly: 'ORDER', count: 1, witnesses: ['read@40', 'inc@20'] }]);
});

test.each([0, -1, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'convicts an increment that was told %d: a counter at zero or more counts by one',
  (value) => {
    const findings = checkCounter([increment(0, 1), increment(20, value), read(40, 2)]);
    expect(findings).toEqual([{ anomaly: 'ORDER', count: 1, witnesses: ['inc@20'] }]);
    // Nor is it an excuse that one may be repeated, or that it was the only one.
    const rules = { ...AT_MOST_ONCE, mayRepeat: true };
    expect(checkCounter([increment(20, value)], rules)).toMatchObject([{ anomaly: 'ORDER' }]);
  },
);

test('convicts a read of what no counter stands at, and counts all such answers', () => {
  expect(checkCounter([read(0, 0)])).toEqual([]);
  expect(checkCounter([read(0, -1), increment(20, 1), read(40, 0.5)])).toEqual([
    { anomaly: 'ORDER', count: 2, witnesses: ['read@0', 'read@40'] },
  ]);
});

test('counts the steps that nobody can have taken', () => {
  const findings = checkCounter([increment(0, 1), increment(20, 4)]);
  expect(findings).toEqual([{ anomaly: 'DUPLICATE', count: 2, witnesses: ['inc@0', 'inc@20'] }]);
  const foreign = checkCounter([increment(0, 1), increment(20, 9)]);
  expect(foreign).toMatchObject([{ anomaly: 'UNEXPLAINED_INCREMENT', count: 5 }]);
});

test('takes a repetition for nothing where increments may be repeated', () => {
  const rules = { ...AT_MOST_ONCE, mayRepeat: true };
  expect(checkCounter([increment(0, 1), increment(20, 3)], rules)).toEqual([]);
  expect(checkCounter([increment(0, 1), increment(20, 3)])).toMatchObject([
    { anomaly: 'DUPLICATE', count: 1 },
  ]);
});

test('lets nothing be applied after the horizon', () => {
  const history = [unknown(0), increment(100, 2)];
  expect(checkCounter(history)).toEqual([]);
  const drained = { ...AT_MOST_ONCE, horizonMs: 50 };
  expect(checkCounter([unknown(0), read(60, 0), increment(100, 2)], drained)).toMatchObject([
    { anomaly: 'UNEXPLAINED_INCREMENT', count: 1 },
  ]);
});

test('names an acknowledged increment that left no trace', () => {
  const findings = checkCounter([increment(0), increment(20, 1), read(40, 1)]);
  expect(findings).toEqual([{ anomaly: 'LOST_INCREMENT', count: 1, witnesses: ['inc@0'] }]);
  expect(checkCounter([increment(0, 1), increment(20), increment(40, 3)])).toEqual([]);
});

test('names the first step that nobody took, not one that an unknown call explains', () => {
  const history = [unknown(0), increment(20, 2), increment(40, 3), increment(60, 5)];
  expect(checkCounter(history)).toEqual([
    { anomaly: 'DUPLICATE', count: 1, witnesses: ['inc@40', 'inc@60'] },
  ]);
});

test('names nobody for a bound that there is not', () => {
  expect(checkCounter([increment(20, 2), increment(40, 3)])).toEqual([
    { anomaly: 'DUPLICATE', count: 1, witnesses: ['inc@20'] },
  ]);
  expect(checkCounter([read(0, 1), increment(20, 1)])).toEqual([
    { anomaly: 'ORDER', count: 1, witnesses: ['inc@20', 'read@0'] },
  ]);
});

test('counts all that contradict each other, and names six', () => {
  const gaps = Array.from({ length: 7 }, (_, index) => increment(20 * index, 2 * (index + 1)));
  const [duplicate] = checkCounter(gaps);
  expect(duplicate).toMatchObject({ anomaly: 'DUPLICATE', count: 7 });
  expect(duplicate?.witnesses).toHaveLength(6);
  const acknowledged = Array.from({ length: 8 }, (_, index) => increment(index));
  const [lost] = checkCounter([...acknowledged, read(40, 0)]);
  expect(lost).toMatchObject({ anomaly: 'LOST_INCREMENT', count: 8 });
  expect(lost?.witnesses).toEqual(['inc@0', 'inc@1', 'inc@2', 'inc@3', 'inc@4', 'inc@5']);
});

test.each([AT_MOST_ONCE, { ...AT_MOST_ONCE, mayRepeat: true }])(
  'convicts a value that all increments together cannot make, however large, under %o',
  (rules) => {
    expect(checkCounter([increment(0, 1), read(20, 9e15)], rules)).toEqual([
      { anomaly: 'UNEXPLAINED_INCREMENT', count: 9e15 - 2, witnesses: ['read@20'] },
    ]);
  },
);

test('names six of many answers that no counter gives, and counts them all', () => {
  const [finding] = checkCounter([0, 20, 40, 60, 80, 100, 120].map((at) => read(at, -1)));
  expect(finding).toMatchObject({ anomaly: 'ORDER', count: 7 });
  expect(finding?.witnesses).toHaveLength(6);
});

test('counts only the steps for which not even repetition gives an increment', () => {
  // Of three steps the first increment can have made two; the second came too late for the third.
  const history = [increment(0), read(20, 3), increment(40)];
  expect(checkCounter(history)).toEqual([
    { anomaly: 'UNEXPLAINED_INCREMENT', count: 1, witnesses: ['read@20'] },
  ]);
});

test('names the answer that is out of reach, the first of several', () => {
  const history = [increment(0, 1), read(20, 9e15), read(40, 9e15), read(60, 3)];
  expect(checkCounter(history)).toMatchObject([{ witnesses: ['read@20'] }]);
});

test('a read that was told nothing is no step, and none of the increments that are lost', () => {
  const { value: _, ...untold } = read(20, 0);
  expect(checkCounter([increment(0, 1), untold, increment(40, 3)])).toMatchObject([
    { anomaly: 'DUPLICATE', count: 1 },
  ]);
  expect(checkCounter([increment(0, 1), untold, read(40, 1)])).toEqual([]);
});

/** As told out of a state of the counter. */
function inState(state: string, one: CounterOperation): CounterOperation {
  return { ...one, state };
}

test('what was acknowledged when the first state had begun is of that one or of a later one', () => {
  const judged = (startMs: number) =>
    checkCounter([inState('a', increment(0, 1)), increment(startMs), inState('a', read(40, 1))]);
  expect(judged(10)).toEqual([]);
  expect(judged(11)).toEqual([{ anomaly: 'LOST_INCREMENT', count: 1, witnesses: ['inc@11'] }]);
});

test('a state was over when an increment of the next one had been acknowledged', () => {
  const history = [
    inState('a', read(0, 0)),
    inState('a', { ...read(15, 1), endMs: 100 }),
    inState('b', increment(20)),
  ];
  expect(checkCounter([...history, unknown(25)])).toEqual([]);
  expect(checkCounter([...history, unknown(50)])).toMatchObject([
    { anomaly: 'DUPLICATE', count: 1 },
  ]);
});

test('of states seen by turns it names one of each of six, and counts them all', () => {
  const states = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const seen = [0, 200].flatMap((fromMs) =>
    states.map((state, index) => inState(state, read(fromMs + 20 * index, 0))),
  );
  // What is not known to be of one of them is no state.
  expect(checkCounter([unknown(0), increment(300), ...seen])).toEqual([
    {
      anomaly: 'SPLIT',
      count: 7,
      witnesses: ['read@0', 'read@20', 'read@40', 'read@60', 'read@80', 'read@100'],
    },
  ]);
});

test('states seen by turns are judged each with whatever may have been applied to it', () => {
  const turns = (told: number): readonly CounterOperation[] => [
    inState('a', increment(0, 1)),
    increment(12),
    increment(13),
    inState('a', increment(30, 3)),
    inState('b', increment(45, told)),
    inState('a', read(60, 3)),
  ];
  expect(checkCounter(turns(1))).toMatchObject([{ anomaly: 'SPLIT', count: 2 }]);
  expect(checkCounter(turns(9))).toMatchObject([
    { anomaly: 'UNEXPLAINED_INCREMENT' },
    { anomaly: 'SPLIT', count: 2 },
  ]);
  // A read takes no step.
  const reads = turns(1).map((one): CounterOperation =>
    one.state === undefined ? inState('b', read(one.startMs, 0)) : one,
  );
  expect(checkCounter(reads)).toMatchObject([
    { anomaly: 'DUPLICATE', count: 1 },
    { anomaly: 'SPLIT', count: 2 },
  ]);
});

const RESET = { ...AT_MOST_ONCE, resets: [{ fromMs: 40, toMs: 50 }] };

test('what was acknowledged after a reset was counted in the life that began with it', () => {
  const history = [increment(0, 1), increment(60), increment(100, 1)];
  expect(checkCounter(history, RESET)).toMatchObject([{ anomaly: 'LOST_INCREMENT', count: 1 }]);
  expect(checkCounter([increment(0, 1), increment(60), increment(100, 2)], RESET)).toEqual([]);
});

test('names at least who was told of the step, where nothing but resets bounds it', () => {
  const told = increment(20, 2, { endMs: 100 });
  expect(checkCounter([told, increment(110, 1)], RESET)).toEqual([
    { anomaly: 'DUPLICATE', count: 1, witnesses: ['inc@20'] },
  ]);
});

test('names nobody for the bound that a reset sets', () => {
  const begun = [increment(0, 1), increment(20, 2), increment(60, 2)];
  expect(checkCounter(begun, RESET)).toEqual([
    { anomaly: 'DUPLICATE', count: 1, witnesses: ['inc@60'] },
  ]);
  const over = [read(0, 0), increment(110, 1), increment(20, 2, { endMs: 100 })];
  expect(checkCounter(over, RESET)).toEqual([
    { anomaly: 'DUPLICATE', count: 1, witnesses: ['read@0', 'inc@20'] },
  ]);
});
