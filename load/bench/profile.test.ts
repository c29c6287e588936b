import { expect, it } from 'vitest';
import { summarized, type CpuProfile } from './profile.ts';

const FRAMES: readonly (readonly [string, string])[] = [
  ['(idle)', ''],
  ['writev', ''],
  ['parse', 'file:///here/gateway/jsonrpc/message.ts'],
  ['dispatch', 'file:///here/node_modules/undici/lib/dispatcher/client.js'],
  ['compile', 'node:internal/modules/esm/loader'],
];

/** One sample a millisecond, beginning at one second. */
function profileOf(ids: readonly number[]): CpuProfile {
  return {
    nodes: FRAMES.map(([functionName, url], id) => ({
      id,
      callFrame: { functionName, url, lineNumber: 9 },
    })),
    samples: ids,
    timeDeltas: ids.map(() => 1_000),
    startTime: 1_000_000,
  };
}

it('shares out the time that was not idle', () => {
  const { areas, functions } = summarized(profileOf([1, 1, 0, 2, 0, 3]), 0, 2_000);
  expect(areas).toEqual([
    ['writev (system call)', 0.5],
    ['the gateway itself', 0.25],
    ['undici', 0.25],
  ]);
  expect(functions[1]).toEqual(['parse (gateway/jsonrpc/message.ts:10)', 0.25]);
});

it('leaves out what came before and after', () => {
  const { areas } = summarized(profileOf([4, 4, 1, 4]), 1_003, 1_003.5);
  expect(areas).toEqual([['writev (system call)', 1]]);
});
