import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeSpans } from './time-spans.ts';

const moment = fc.integer({ min: 0, max: 20 });
const span = fc
  .tuple(moment, fc.oneof(moment, fc.constant(Infinity)))
  .map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length }));

test('finds the spans that looking at each of them finds', () => {
  fc.assert(
    fc.property(fc.array(span), span, (spans, asked) => {
      const plain = [...spans.keys()].filter((position) => {
        const { fromMs, toMs } = spans[position] as (typeof spans)[number];
        return fromMs <= asked.toMs && toMs >= asked.fromMs;
      });
      const all = new TimeSpans(spans);
      expect(all.overlapping(asked).toSorted((a, b) => a - b)).toEqual(plain);
      expect(all.isAnyOver(asked)).toBe(plain.length > 0);
    }),
  );
});

test('looks at few of many spans that overlap nothing', () => {
  let looks = 0;
  const spans = Array.from({ length: 10_000 }, (_, index) => ({
    fromMs: index * 2,
    get toMs() {
      looks += 1;
      return index === 0 ? 30_000 : index * 2 + 1;
    },
  }));
  const all = new TimeSpans(spans);
  looks = 0;
  expect(all.overlapping({ fromMs: 19_999.2, toMs: 19_999.8 })).toEqual([0]);
  expect(looks).toBeLessThan(50);
});
