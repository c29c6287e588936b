import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomFrom, type Random } from './random.ts';

const draw = (random: Random, count = 8) => Array.from({ length: count }, () => random.int(0, 1e9));

test('gives the same numbers for the same seed and name, whatever was drawn before', () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), fc.nat(20), (seed, name, drawn) => {
      const used = randomFrom(seed);
      draw(used, drawn);
      expect(draw(used.fork(name))).toEqual(draw(randomFrom(seed).fork(name)));
    }),
  );
});

test('gives other numbers for another seed, another name and another path', () => {
  const streams = [
    randomFrom(1),
    randomFrom(2),
    randomFrom(1).fork('a'),
    randomFrom(1).fork('b'),
    randomFrom(1).fork('a').fork('b'),
    randomFrom(1).fork('a/b'),
  ];
  expect(new Set(streams.map((random) => draw(random).join())).size).toBe(streams.length);
});

test('stays within its bounds, both included', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: -50, max: 50 }), fc.nat(3), (seed, min, span) => {
      const random = randomFrom(seed);
      const seen = new Set(Array.from({ length: 200 }, () => random.int(min, min + span)));
      expect([...seen].toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: span + 1 }, (_, i) => min + i),
      );
    }),
  );
});
