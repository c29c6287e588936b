import { expect, test } from 'vitest';
import { callAbout } from './call-about.ts';

test('of the arguments those are kept that a judge needs', () => {
  const args = { opId: '1:a.1', tag: 't', delayMs: 5, apply: 'never', how: 'reset-before' };
  expect(callAbout('break', args)).toEqual({
    tool: 'break',
    opId: '1:a.1',
    tag: 't',
    delayMs: 5,
    apply: 'never',
  });
});

test('what is no argument of the fixture’s kind is not kept', () => {
  expect(callAbout('break', { opId: 1, tag: 2, delayMs: '3', apply: 'after' })).toEqual({
    tool: 'break',
  });
});

test('what reports its progress step by step takes as long as all of its steps', () => {
  const about = callAbout('progress', { steps: 5, intervalMs: 380 });
  expect(about).toEqual({ tool: 'progress', delayMs: 1_900 });
  expect(callAbout('progress', { steps: 5 })).toEqual({ tool: 'progress' });
});
