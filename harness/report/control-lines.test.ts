import { expect, test } from 'vitest';
import { controlLines } from './control-lines.ts';
import { findingForTest } from './result-for-test.ts';

const OWN = findingForTest({ check: 'own-counter' });
const ONCE = findingForTest({ check: 'applied-once' });
const WHY = 'only 6 operations were answered, of the 8 that prove something';
const CLEAN = 'control arm: without the target, straight against the fixture, this does not happen';

test('says of what passed there that it does not happen without the target', () => {
  const control = { failed: [], passed: ['applied-once', 'own-counter'], unproven: [] };
  expect(controlLines({ control, findings: [OWN, OWN, ONCE] })).toEqual([CLEAN]);
});

test('says of an arm that was inconclusive that it proves nothing, and why', () => {
  const unproven = ['applied-once', 'own-counter'].map((check) => ({ check, why: WHY }));
  expect(controlLines({ control: { failed: [], unproven }, findings: [OWN, ONCE] })).toEqual([
    `control arm: it proves nothing: ${WHY}`,
  ]);
});

test('tells the checks apart where it proves something of one and nothing of another', () => {
  const control = {
    failed: [],
    passed: ['own-counter'],
    unproven: [{ check: 'applied-once', why: WHY }],
  };
  expect(controlLines({ control, findings: [OWN, ONCE] })).toEqual([
    'control arm: without the target, straight against the fixture, what own-counter found does not happen',
    `control arm: it proves nothing about applied-once: ${WHY}`,
  ]);
});

test('takes what an older recording does not say for no proof', () => {
  expect(controlLines({ control: { failed: [] }, findings: [OWN] })).toEqual([
    'control arm: it proves nothing: the recording does not say whether it was looked for',
  ]);
});

test('is silent where nobody asked for it or nothing is left, and says why there is none', () => {
  expect(controlLines({ findings: [OWN] })).toEqual([]);
  expect(controlLines({ control: { failed: ['own-counter'] }, findings: [] })).toEqual([]);
  expect(controlLines({ control: { failed: [], whyNot: 'no fixture' }, findings: [OWN] })).toEqual([
    'control arm: none, no fixture',
  ]);
});
