import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { nothingLeftAtRest } from './nothing-left-at-rest.ts';
import { Story } from './story-for-test.ts';

function levels(
  upstreamSessions: readonly number[],
  descriptors?: readonly (number | undefined)[],
) {
  const story = new Story();
  for (const [index, held] of upstreamSessions.entries()) {
    const open = descriptors?.[index];
    story.wait(10).fact('resting-level', {
      sessionsEnded: (index + 1) * 15,
      upstreamSessions: held,
      ...(open !== undefined && { descriptors: open }),
    });
  }
  return story.evidence();
}

test('passes what rests at its level, wherever that is', () => {
  expect(expectPass(nothingLeftAtRest, levels([4, 4, 4, 4], [60, 64, 60, 60])).examined).toBe(2);
  expectPass(nothingLeftAtRest, levels([0, 0, 0], [undefined, undefined, undefined]));
});

test('passes a jump that does not come again, and growth below half of what was ended', () => {
  expectPass(nothingLeftAtRest, levels([0, 15, 15, 15]));
  expectPass(nothingLeftAtRest, levels([0, 7, 14, 21]));
});

test('convicts sessions and descriptors that grow with every batch', () => {
  const leak = levels([1, 16, 31, 46], [50, 66, 82, 98]);
  expectFindings(
    nothingLeftAtRest,
    leak,
    /upstream sessions at rest grew with every batch of ended sessions: 1, 16, 31, 46/,
    /open descriptors at rest grew .* 50, 66, 82, 98/,
  );
  expectFindings(nothingLeftAtRest, levels([0, 8, 16]), /0, 8, 16/);
});

test('says nothing of descriptors that were not always counted', () => {
  expectPass(nothingLeftAtRest, levels([1, 1, 1], [50, undefined, 90]));
});

test('is inconclusive with fewer than three levels', () => {
  expectInconclusive(nothingLeftAtRest, levels([0, 99]), /nothing to examine/);
});
