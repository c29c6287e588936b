import { expect, expectTypeOf, it } from 'vitest';
import { BREAK_HOW, type BreakHow as Offered } from '../fixtures/counter/breakage.ts';
import type { BreakHow as Asked } from '../harness/wire/session.ts';

it('breaks answers in exactly the ways that the harness can ask for', () => {
  expectTypeOf<Offered>().toEqualTypeOf<Asked>();
  expect(new Set(BREAK_HOW).size).toBe(BREAK_HOW.length);
});
