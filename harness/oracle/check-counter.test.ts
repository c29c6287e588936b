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
