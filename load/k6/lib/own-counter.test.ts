import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { OwnCounter } from './own-counter.ts';

const HOME = { nonce: 'n', epoch: 'e1' };

function answers(...values: readonly (number | 'unknown')[]): readonly (string | undefined)[] {
  const counter = new OwnCounter();
  return values.flatMap((value, index) => {
    if (value === 'unknown') {
      counter.undecided();
      return [];
    }
    return [counter.acknowledged(`u-${index}`, { ...HOME, value, opId: `u-${index}` })];
  });
}

it('accepts one more each time', () => {
  expect(answers(1, 2, 3)).toEqual([undefined, undefined, undefined]);
});

it('accepts an undecided increment as applied or not', () => {
  expect(answers(1, 'unknown', 2)).toEqual([undefined, undefined]);
  expect(answers(1, 'unknown', 3)).toEqual([undefined, undefined]);
});

it.each([
  ['a repeated value', [1, 1]],
  ['a value that is too high', [1, 3]],
  ['a reset', [1, 2, 1]],
  ['a lost increment behind an undecided one', [1, 2, 'unknown', 2]],
] as const)('refuses %s', (_, values) => {
  expect(answers(...values).at(-1)).toContain('not within');
});

it('tells one deviation once', () => {
  expect(answers(1, 3, 4, 5).filter((sentence) => sentence !== undefined)).toHaveLength(1);
  expect(answers(1, 2, 1, 2, 3).filter((sentence) => sentence !== undefined)).toHaveLength(1);
});

it('refuses somebody else’s answer, and one without a value', () => {
  const counter = new OwnCounter();
  expect(counter.acknowledged('u-1', { ...HOME, value: 1, opId: 'v-1' })).toContain('as v-1');
  expect(counter.acknowledged('u-2', { ...HOME, opId: 'u-2' })).toContain('without a value');
});

it('refuses a session that moved, unless it may', () => {
  const move = (mayMove: boolean): string | undefined => {
    const counter = new OwnCounter(mayMove);
    counter.acknowledged('u-1', { ...HOME, value: 1, opId: 'u-1' });
    counter.acknowledged('u-2', { ...HOME, value: 2, opId: 'u-2' });
    return counter.acknowledged('u-3', { nonce: 'm', epoch: 'e1', value: 1, opId: 'u-3' });
  };
  expect(move(false)).toContain('moved');
  expect(move(true)).toBeUndefined();
});

it('never accuses a counter that applies undecided increments at will', () => {
  const step = fc.record({ decided: fc.boolean(), applied: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let value = 0;
      const seen = steps.map(({ decided, applied }) => {
        if (decided || applied) value += 1;
        return decided ? value : ('unknown' as const);
      });
      expect(answers(...seen).filter((sentence) => sentence !== undefined)).toEqual([]);
    }),
  );
});
