import * as fc from 'fast-check';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { EventBuffer, type Shelf } from './event-buffer.ts';
import { EventStream } from './event-stream.ts';

const LIMITS = {
  maxEvents: 5,
  maxBytes: 3_000,
  maxTotalBytes: 6_000,
  keepMs: 60_000,
  stallMs: 30_000,
};

/** A stream on which nothing is ever written, and what it was told that it can no longer give. */
function notingStream(): { stream: EventStream; dropped: number[]; last: number } {
  const stream = EventStream.on(new ServerResponse(new IncomingMessage(new Socket())));
  const dropped: number[] = [];
  stream.dropped = (number) => void dropped.push(number);
  return { stream, dropped, last: 0 };
}

it('keeps to every bound, drops the oldest first, and says of each that it is gone', () => {
  const step = fc.record({ session: fc.nat(3), size: fc.nat(4_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      using buffer = new EventBuffer(LIMITS);
      const sessions = Array.from({ length: 4 }, () => ({
        shelf: { kept: [], bytes: 0 } as Shelf,
        noting: notingStream(),
      }));
      for (const { session, size } of steps) {
        const { shelf, noting } = sessions[session] as (typeof sessions)[0];
        noting.last += 1;
        buffer.keep(shelf, noting.stream, noting.last, 'x'.repeat(size));
        const all = sessions.map((one) => one.shelf.bytes);
        expect(all.reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(LIMITS.maxTotalBytes);
        expect(Math.max(...all)).toBeLessThanOrEqual(LIMITS.maxBytes);
        expect(shelf.kept.length).toBeLessThanOrEqual(LIMITS.maxEvents);
      }
      for (const { shelf, noting } of sessions) {
        const numbers = [...noting.dropped, ...shelf.kept.map(({ item }) => item.number)];
        expect(numbers).toEqual(Array.from({ length: noting.last }, (_one, index) => index + 1));
        const bytes = shelf.kept.reduce((sum, one) => sum + one.item.bytes, 0);
        expect(shelf.bytes).toBe(bytes);
        buffer.forget(shelf);
        expect([shelf.bytes, shelf.kept]).toEqual([0, []]);
      }
    }),
    { numRuns: 200 },
  );
});
