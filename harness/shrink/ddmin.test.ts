import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ddmin } from './ddmin.ts';

/** Fails while all of these are kept. */
function needs(...needed: readonly number[]) {
  const asked: (readonly number[])[] = [];
  const fails = async (kept: readonly number[]): Promise<boolean> => {
    asked.push(kept);
    return Promise.resolve(needed.every((one) => kept.includes(one)));
  };
  return { asked, fails };
}

test('keeps exactly what is needed, in its order, and never asks for everything', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(40),
      fc.uniqueArray(fc.nat(40), { maxLength: 5 }),
      async (length, some) => {
        const all = Array.from({ length }, (_, index) => index);
        const needed = some.filter((one) => one < length).toSorted((a, b) => a - b);
        const { asked, fails } = needs(...needed);
        expect(await ddmin(all, fails)).toEqual(needed);
        expect(asked.every((kept) => kept.length < length)).toBe(true);
      },
    ),
  );
});

test('asks little where little is needed', async () => {
  const all = Array.from({ length: 64 }, (_, index) => index);
  const { asked, fails } = needs(17);
  await ddmin(all, fails);
  expect(asked.length).toBeLessThan(20);
});
