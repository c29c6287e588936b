import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import * as fc from 'fast-check';
import { Chain, type Link } from './chain.ts';

it('holds what was added and not removed, in that order', () => {
  const steps = fc.array(fc.record({ isAdd: fc.boolean(), pick: fc.nat(20) }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (taken) => {
      const chain = new Chain<number>();
      const links: Link<number>[] = [];
      let expected: number[] = [];
      for (const [number, { isAdd, pick }] of taken.entries()) {
        const link = links[pick];
        if (isAdd || link === undefined) {
          links.push(chain.add(number));
          expected.push(number);
        } else {
          // Also one that was removed before.
          chain.remove(link);
          expected = expected.filter((one) => one !== link.item);
        }
        expect([chain.all(), chain.size]).toEqual([expected, expected.length]);
        expect(chain.first?.item).toBe(expected[0]);
      }
    }),
  );
});

/** What moved into the space of old objects while so much came and went, in MiB. */
function promoted(comeAndGo: (item: object) => void): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 1_000; round += 1) comeAndGo({});
  collect();
  const old = (): number =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')
      ?.space_used_size ?? 0;
  const before = old();
  for (let round = 0; round < 60_000; round += 1)
    comeAndGo(Array.from({ length: 100 }, () => round));
  return (old() - before) / 2 ** 20;
}

it('leaves what came and went to the next collection of young objects', () => {
  const chain = new Chain<object>();
  const links: Link<object>[] = [];
  const mebibytes = promoted((item) => {
    links.push(chain.add(item));
    if (links.length > 50) chain.remove(links.shift() as Link<object>);
  });
  // With a Set in its place, 20 and more.
  expect(mebibytes).toBeLessThan(2);
});
