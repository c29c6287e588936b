import { expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { Call } from './call.ts';
import { CallsUnderWay } from './calls-under-way.ts';

const callOf = (idText: string): Call => ({ message: { idText } }) as unknown as Call;

it('finds each call by its id until that call is taken out, whatever the order', () => {
  const steps = fc.array(fc.record({ isAdd: fc.boolean(), id: fc.nat(4) }), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (taken) => {
      const calls = new CallsUnderWay();
      const expected = new Map<string, Call>();
      for (const { isAdd, id } of taken) {
        const idText = String(id);
        const known = expected.get(idText);
        if (known !== undefined && !isAdd) {
          calls.delete(known);
          expected.delete(idText);
        } else if (known === undefined && isAdd) {
          const call = callOf(idText);
          calls.add(call);
          expected.set(idText, call);
        } else {
          // Another call that had the same id takes nothing out.
          calls.delete(callOf(idText));
        }
        for (let one = 0; one < 5; one += 1) {
          expect(calls.get(String(one))).toBe(expected.get(String(one)));
        }
        expect([calls.all(), calls.size]).toEqual([[...expected.values()], expected.size]);
      }
    }),
  );
});
