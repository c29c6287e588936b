import { array, assert, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { ByteCollector } from './byte-collector.ts';

it('gives back what it was given, whatever the pieces, and is empty then', () => {
  assert(
    property(array(array(uint8Array({ maxLength: 2000 }))), (rounds) => {
      const collector = new ByteCollector();
      for (const pieces of rounds) {
        const given = pieces.map((piece) => Buffer.from(piece));
        for (const piece of given) collector.add(piece);
        const all = Buffer.concat(given);
        expect(collector.size).toBe(all.length);
        expect(collector.take().equals(all)).toBe(true);
        expect(collector.size).toBe(0);
      }
    }),
  );
});

it('never writes into what it was given or has given back', () => {
  const collector = new ByteCollector();
  const first = Buffer.from('abcdef').subarray(0, 3);
  collector.add(first);
  collector.add(Buffer.from('x'));
  const taken = collector.take();
  collector.add(Buffer.from('y'));
  collector.add(Buffer.from('z'));
  expect([first.toString(), Buffer.from(first.buffer, first.byteOffset, 6).toString()]).toEqual([
    'abc',
    'abcdef',
  ]);
  expect(taken.toString()).toBe('abcx');
});
