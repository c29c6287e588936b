import { expect, test } from 'vitest';
import { checkCounter } from './check-counter.ts';
import { AT_MOST_ONCE, type CounterOperation, type CounterReset } from './counter-history.ts';
import { hasTooManyLives, livesOf, WAYS_MAX } from './lives.ts';

/** Named by its kind and start, ten milliseconds long. */
function told(
  kind: CounterOperation['kind'],
  startMs: number,
  value: number,
  state?: string,
): CounterOperation {
  const window = { startMs, endMs: startMs + 10, isCertain: true, ref: `${kind}@${startMs}` };
  return { kind, value, ...window, ...(state !== undefined && { state }) };
}

const unknown = (startMs: number): CounterOperation => ({
  kind: 'increment',
  startMs,
  endMs: Infinity,
  isCertain: false,
  ref: `unknown@${startMs}`,
});

function acknowledged(startMs: number, state?: string): CounterOperation {
  const { value: _value, ...one } = told('increment', startMs, 0, state);
  return one;
}

function judged(history: readonly CounterOperation[], resets: readonly CounterReset[] = []) {
  return checkCounter(history, { ...AT_MOST_ONCE, resets });
}

const three = [1, 2, 3].map((value) => told('increment', value * 20, value, 'a'));

test('begins at zero in each state, and counts in none what is certain in another', () => {
  expect(judged([...three, told('increment', 100, 1, 'b')])).toEqual([]);
  expect(judged([...three, told('increment', 100, 4, 'b')])).toMatchObject([
    { anomaly: 'DUPLICATE', count: 3 },
  ]);
});

test('counts an unknown increment in any state that its time allows, and once', () => {
  const history = [...three, unknown(5), told('increment', 100, 2, 'b')];
  expect(judged(history)).toEqual([]);
  expect(judged([...history, told('increment', 200, 2, 'c')])).toMatchObject([
    { anomaly: 'DUPLICATE', count: 1 },
  ]);
  // Begun when the state that lacks one was over.
  const late = [told('increment', 20, 2, 'a'), told('read', 100, 0, 'b'), unknown(150)];
  expect(judged(late)).toMatchObject([{ anomaly: 'DUPLICATE', count: 1 }]);
});

test('says that states were seen by turns, each before the other and after it', () => {
  const turns = [
    told('increment', 0, 1, 'a'),
    told('increment', 20, 1, 'b'),
    told('read', 40, 1, 'a'),
  ];
  expect(judged(turns)).toEqual([
    { anomaly: 'SPLIT', count: 2, witnesses: ['increment@0', 'increment@20'] },
  ]);
});

test('so they are by acknowledgements that tell no value', () => {
  const turns = [acknowledged(0, 'a'), acknowledged(20, 'b'), acknowledged(40, 'a')];
  expect(judged(turns)).toMatchObject([{ anomaly: 'SPLIT', count: 2 }]);
  expect(judged(turns.slice(0, 2))).toEqual([]);
});

test('finds an order for states that were seen at the same time', () => {
  // The first to be asked must come last: only then is there time for the unknown one.
  const slow = { ...told('increment', 0, 2, 'a'), endMs: 100 };
  expect(judged([slow, told('increment', 30, 1, 'b'), unknown(50)])).toEqual([]);
  expect(
    judged([slow, told('increment', 30, 1, 'b'), unknown(50), told('read', 35, 2, 'a')]),
  ).toEqual([{ anomaly: 'DUPLICATE', count: 1, witnesses: expect.any(Array) }]);
});

test('an acknowledgement that names its state is a step of that one', () => {
  const history = [acknowledged(0, 'a'), told('increment', 20, 1, 'b'), told('read', 40, 1, 'b')];
  expect(judged(history)).toEqual([]);
  expect(judged([acknowledged(0, 'b'), told('increment', 20, 1, 'b')])).toMatchObject([
    { anomaly: 'LOST_INCREMENT' },
  ]);
  // Without a name it may have been applied to a state that nobody was told of.
  expect(judged([acknowledged(0), told('increment', 20, 1, 'b')])).toEqual([]);
});

test('goes back to zero only where it may have been reset, and where that helps', () => {
  const history = [told('increment', 0, 1), told('increment', 20, 2), told('increment', 60, 1)];
  expect(judged(history)).toMatchObject([{ anomaly: 'DUP_VALUE' }]);
  expect(judged(history, [{ fromMs: 40, toMs: 50 }])).toEqual([]);
  expect(judged(history, [{ fromMs: 80, toMs: 90 }])).toMatchObject([{ anomaly: 'DUP_VALUE' }]);
  expect(
    judged([told('increment', 0, 1), told('increment', 60, 2)], [{ fromMs: 40, toMs: 50 }]),
  ).toEqual([]);
});

test('shares calls that lasted through a reset out between the lives', () => {
  const through = (startMs: number, value: number): CounterOperation => ({
    ...told('increment', startMs, value),
    endMs: 100,
  });
  const history = [told('increment', 0, 1), through(20, 2), through(21, 1), told('read', 110, 1)];
  expect(judged(history, [{ fromMs: 50, toMs: 60 }])).toEqual([]);
});

test('two resets may have come in either order', () => {
  const history = [told('increment', 0, 1), told('increment', 16, 1), told('increment', 60, 1)];
  const long = { fromMs: 0, toMs: 100 };
  const early = { fromMs: 12, toMs: 14 };
  for (const resets of [
    [long, early],
    [early, long],
  ]) {
    expect(judged(history, resets)).toEqual([]);
  }
});

test('judges state by state, and no more, where there are too many ways to try', () => {
  const at = (index: number, value: number): CounterOperation => ({
    ...told('increment', index, value, `state ${index}`),
    endMs: 1_000,
  });
  const history = Array.from({ length: 9 }, (_, index) => at(index, 1));
  expect(hasTooManyLives(history, {})).toBe(true);
  expect(judged(history)).toEqual([]);
  expect(judged([...history, at(9, 3)])).toMatchObject([{ anomaly: 'UNEXPLAINED_INCREMENT' }]);
  // One is as good as an unknown one here, wherever it was applied: it is not counted twice.
  expect(judged([...history, unknown(0), at(9, 2)])).toEqual([]);
});

test('convicts nothing where too many resets could explain it', () => {
  const history = Array.from({ length: 12 }, (_, index) => ({
    ...told('increment', index, 1),
    endMs: 1_000,
  }));
  const resets = [{ fromMs: 100, toMs: 200 }];
  expect(hasTooManyLives(history, { resets })).toBe(true);
  expect(judged(history, resets)).toEqual([]);
  expect(judged(history)).toMatchObject([{ anomaly: 'DUP_VALUE' }]);
});

test('has one life where nothing says that there were more', () => {
  const [only, ...others] = livesOf([told('increment', 0, 1)], {});
  expect(only).toMatchObject({ count: 1, isFirstTold: true });
  expect(others).toEqual([]);
  expect(hasTooManyLives([told('increment', 0, 1)], {})).toBe(false);
  expect(WAYS_MAX).toBeGreaterThan(2 ** 8);
});

test('tries first that each loss was one, then that none was', () => {
  const resets = [30, 50, 70].map((atMs) => ({ fromMs: atMs, toMs: atMs + 1 }));
  const counts = [...livesOf([told('increment', 0, 1)], { resets })].map(({ count }) => count);
  expect(counts).toEqual([4, 1, 2, 2, 2, 3, 3, 3]);
});

test('has too many lives with one more than can be tried', () => {
  const through = (count: number): readonly CounterOperation[] =>
    Array.from({ length: count }, (_, index) => ({ ...told('read', index, 0), endMs: 100 }));
  const resets = Array.from({ length: 10 }, (_, index) => ({
    fromMs: 200 + index,
    toMs: 200 + index,
  }));
  expect(hasTooManyLives(through(9), { resets })).toBe(false);
  expect(hasTooManyLives(through(9), { resets: [...resets, { fromMs: 300, toMs: 300 }] })).toBe(
    true,
  );
  // Without the reset one way, with it two for each call.
  const within = [{ fromMs: 50, toMs: 60 }];
  expect(2 ** 10 + 1).toBeLessThanOrEqual(WAYS_MAX);
  expect(hasTooManyLives(through(10), { resets: within })).toBe(false);
  expect(hasTooManyLives(through(11), { resets: within })).toBe(true);
});

test('has too many lives with one more than two thousand, whatever resets there are', () => {
  const read = (startMs: number): CounterOperation => ({
    ...told('read', startMs, 0),
    endMs: startMs + 30,
  });
  // With each of the first three and without it: four ways and one; with each of the others and without: two.
  const resets = Array.from({ length: 7 }, (_, index) => ({
    fromMs: 100 * index + 50,
    toMs: 100 * index + 60,
  }));
  const history = [0, 1, 100, 101, 200, 201].map((atMs) => read(atMs + 30));
  expect(WAYS_MAX).toBe(5 * 5 * 5 * 2 ** 4);
  expect(hasTooManyLives(history, { resets })).toBe(false);
  expect(hasTooManyLives([...history, read(330)], { resets })).toBe(true);
});

test('a call that only touches a reset may be on either side of it, and a later one on one', () => {
  const resets = [{ fromMs: 50, toMs: 60 }];
  const calls = (startMs: number, endMs: number): readonly CounterOperation[] =>
    Array.from({ length: 11 }, () => ({ ...told('read', startMs, 0), endMs }));
  expect(hasTooManyLives(calls(40, 50), { resets })).toBe(true);
  expect(hasTooManyLives(calls(60, 70), { resets })).toBe(true);
  expect(hasTooManyLives(calls(40, 49), { resets })).toBe(false);
  expect(hasTooManyLives(calls(61, 70), { resets })).toBe(false);
  // One that it does not touch takes nothing from that.
  const apart = [...resets, { fromMs: 200, toMs: 210 }];
  expect(hasTooManyLives(calls(40, 50), { resets: apart })).toBe(true);
  const before = [{ fromMs: 10, toMs: 20 }, ...resets];
  expect(hasTooManyLives(calls(40, 50).slice(0, 9), { resets: before })).toBe(false);
});

/** The lives that each of these calls can have belonged to. */
function waysOf(
  history: readonly CounterOperation[],
  resets: readonly CounterReset[] = [],
): readonly (readonly number[])[] {
  return [...livesOf(history, { resets })].map(({ lifeOf }) => [...lifeOf]);
}

test('shares out only what was told, each way once', () => {
  const through = { ...told('read', 40, 0), endMs: 70 };
  const history = [unknown(0), told('read', 0, 0), through, acknowledged(20), told('read', 80, 0)];
  expect(waysOf(history, [{ fromMs: 50, toMs: 60 }])).toEqual([
    [-1, 0, 0, -1, 1],
    [-1, 0, 1, -1, 1],
    [-1, 0, 0, -1, 0],
  ]);
});

function beginsOf(resets: readonly CounterReset[]): readonly (readonly CounterReset[])[] {
  return [...livesOf([told('read', 500, 0)], { resets })].map(({ begins }) => begins.slice(1));
}

test('of two orders of resets it tries the one that allows all that the other does', () => {
  const [whole, first, last] = [
    { fromMs: 0, toMs: 20 },
    { fromMs: 0, toMs: 10 },
    { fromMs: 10, toMs: 20 },
  ];
  expect(beginsOf([whole, first])).toEqual([[first, whole], [], [whole], [first]]);
  expect(beginsOf([last, whole])).toEqual([[whole, last], [], [last], [whole]]);
  const within = { fromMs: 5, toMs: 6 };
  expect(beginsOf([whole, within]).slice(0, 2)).toEqual([
    [whole, within],
    [within, whole],
  ]);
  const [same, again] = [{ ...whole }, { ...whole }];
  const pairs = beginsOf([same, again]);
  expect(pairs).toHaveLength(4);
  expect(pairs[0]?.[0]).toBe(same);
  expect(pairs[0]?.[1]).toBe(again);
});

test('tries every order in which no state lives on when a later one has begun, and no other', () => {
  // `slow` may be anywhere; `first` was over before `last` was seen, and had begun before.
  const history = [
    { ...told('read', 0, 0, 'slow'), endMs: 50 },
    told('read', 10, 0, 'first'),
    told('read', 40, 0, 'first'),
    { ...told('read', 30, 0, 'last'), endMs: 41 },
    unknown(0),
    acknowledged(0),
  ];
  expect(waysOf(history)).toEqual([
    [0, 1, 1, 2, -1, -1],
    [1, 0, 0, 2, -1, -1],
    [2, 0, 0, 1, -1, -1],
  ]);
  for (const lives of livesOf(history, {})) {
    expect(lives).toMatchObject({ count: 3, isFirstTold: false });
  }
});

test('an acknowledgement without a state is of none that could be seen by turns', () => {
  expect(judged([acknowledged(0), told('increment', 20, 1, 'b'), acknowledged(40)])).toEqual([]);
});

test('looks for no order of more than two hundred states', () => {
  const states = Array.from({ length: 201 }, (_, index) => told('read', 20 * index, 0, `${index}`));
  expect(hasTooManyLives(states.slice(1), {})).toBe(false);
  expect(hasTooManyLives(states, {})).toBe(true);
});

test('knows at once that there is no order, however many there are of what came before', () => {
  const free = Array.from({ length: 14 }, (_, index) => ({
    ...told('read', index, 0, `state ${index}`),
    endMs: 1_000,
  }));
  const turns = [2_000, 2_020, 2_040].map((atMs, turn) =>
    told('read', atMs, 0, `turn ${turn % 2}`),
  );
  expect(hasTooManyLives([...free, ...turns], {})).toBe(false);
  expect(judged([...free, ...turns])).toMatchObject([{ anomaly: 'SPLIT', count: 16 }]);
});

test('one who answered first and late and for long may have come second', () => {
  const slow = { ...told('read', 0, 0, 'second'), endMs: 100 };
  const history = [slow, told('read', 10, 0, 'first'), told('read', 60, 0, 'second')];
  expect(judged(history)).toEqual([]);
  expect(judged([...history, told('read', 80, 0, 'first')])).toMatchObject([{ anomaly: 'SPLIT' }]);
});

test('a state may be over in the very moment in which the next one was seen', () => {
  const turns = (atMs: number) => [
    told('read', 0, 0, 'first'),
    told('read', 11, 0, 'second'),
    told('read', atMs, 0, 'first'),
  ];
  expect(judged(turns(21))).toEqual([]);
  expect(judged(turns(22))).toMatchObject([{ anomaly: 'SPLIT' }]);
});

test('where one value comes without its state, no answer names any', () => {
  const history = [told('increment', 0, 1, 'a'), told('increment', 20, 1)];
  expect(judged(history)).toMatchObject([{ anomaly: 'DUP_VALUE' }]);
  expect(judged(history, [{ fromMs: 12, toMs: 18 }])).toEqual([]);
});
