import { expect, test } from 'vitest';
import { didYouMean } from './nearest.ts';

test.each([
  ['rnu', 'run'],
  ['isolation/same-usr', 'isolation/same-user'],
  ['ISO-2', 'iso-02'],
  ['selftset', 'selftest'],
])('takes %s for %s', (word, meant) => {
  const candidates = ['run', 'load', 'selftest', 'isolation/same-user', 'iso-02'];
  expect(didYouMean(word, candidates)).toBe(`, did you mean "${meant}"?`);
});

test('takes nothing for what is too far away', () => {
  expect(didYouMean('xyz', ['run', 'load'])).toBe('');
  expect(didYouMean('', ['run'])).toBe('');
});

test('a name without its group means the one that has it, unless several do', () => {
  const ids = ['isolation/same-user', 'isolation/two', 'reuse/two'];
  expect(didYouMean('same-user', ids)).toBe(', did you mean "isolation/same-user"?');
  expect(didYouMean('two', ids)).toBe('');
});
