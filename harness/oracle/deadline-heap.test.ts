import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadlineHeap } from './deadline-heap.ts';

const DEADLINE_MAX = 40;

/** Push the next item, or take out the first that is not before a time. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ push: fc.nat(DEADLINE_MAX) }) },
  { weight: 1, arbitrary: fc.record({ popFrom: fc.nat(DEADLINE_MAX / 4) }) },
);

test('gives out what a sorted list would, however many items wait', () => {
  let deepest = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const deadlines = steps.flatMap((one) => ('push' in one ? [one.push] : []));
      const heap = new DeadlineHeap(Float64Array.from(deadlines));
      const taken = new Set<number>();
      let waiting: readonly number[] = [];
      let next = 0;
      const pop = (time: number): void => {
        const left = waiting.filter((deadline) => deadline >= time).toSorted((a, b) => a - b);
        const item = heap.popFrom(time);
        expect(item === undefined ? undefined : deadlines[item]).toBe(left[0]);
        // Two items may have one deadline; nobody is given out twice.
        expect(item !== undefined && taken.has(item)).toBe(false);
        if (item !== undefined) taken.add(item);
        waiting = left.slice(1);
      };
      for (const one of steps) {
        if ('popFrom' in one) {
          pop(one.popFrom);
          continue;
        }
        heap.push(next);
        next += 1;
        waiting = [...waiting, one.push];
        deepest = Math.max(deepest, waiting.length);
      }
      while (waiting.length > 0) pop(0);
      expect(heap.popFrom(0)).toBeUndefined();
    }),
    { numRuns: 200 },
  );
  // Otherwise it has compared no tree.
  expect(deepest).toBeGreaterThan(20);
});
