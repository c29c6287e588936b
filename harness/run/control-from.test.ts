import { expect, test } from 'vitest';
import { controlFrom } from './control-from.ts';
import { recordedForTest } from './recorded-for-test.ts';
import { appliedOnce, boundedShutdown, ownCounter, worksAfterwards } from '../checks/index.ts';
import { broken } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';

const BLAMED = [ownCounter, appliedOnce];

function sound(): Story {
  const story = new Story();
  story.connect('alice/1').increment(8).get();
  return story;
}

function losing(): Story {
  const story = sound();
  story.connect('bob/1').increment(1, { applied: 0, payload: { value: 1 } });
  return story;
}

test('tells what fails without the target from what passes there', () => {
  expect(controlFrom(BLAMED, [recordedForTest(losing())])).toEqual({
    failed: ['applied-once'],
    passed: ['own-counter'],
    unproven: [],
  });
});

test('acquits nothing by an arm in which too little happened', () => {
  const why = 'only 11 operations were answered, of the 20 that prove something';
  expect(controlFrom(BLAMED, [recordedForTest(sound(), { operationsMin: 20 })])).toEqual({
    failed: [],
    passed: [],
    unproven: [
      { check: 'applied-once', why },
      { check: 'own-counter', why },
    ],
  });
});

test('acquits nothing by an arm whose fault did not land, or that broke', () => {
  const idle = sound();
  idle.wait(100).fault({ kind: 'down', healedAtMs: idle.nowMs + 10 });
  const { passed, unproven } = controlFrom(BLAMED, [recordedForTest(idle)]);
  expect(passed).toEqual([]);
  expect(unproven[0]?.why).toMatch(/^a fault did not land/);
  const trouble = { message: 'Toxiproxy died', exitCode: 2, voidsFindings: true } as const;
  expect(controlFrom([appliedOnce], [recordedForTest(losing(), { trouble })])).toEqual({
    failed: [],
    passed: [],
    unproven: [{ check: 'applied-once', why: 'Toxiproxy died' }],
  });
});

test('says nothing by a check that had nothing to look at there, or does not apply', () => {
  const drawn = recordedForTest(sound(), { checks: ['works-afterwards'], isGenerated: true });
  expect(controlFrom([worksAfterwards], [drawn]).unproven).toEqual([
    { check: 'works-afterwards', why: 'works-afterwards found nothing to examine' },
  ]);
  const claims = { ...drawn.claims, shutdownMs: Infinity };
  const { passed, unproven } = controlFrom([boundedShutdown], [{ ...drawn, claims }]);
  expect(passed).toEqual([]);
  expect(unproven.map(({ check }) => check)).toEqual(['bounded-shutdown']);
});

test('takes the parts of a schedule together: one fails, all fail; one in doubt, all in doubt', () => {
  const few = recordedForTest(sound(), { operationsMin: 20 });
  const one = recordedForTest(sound());
  const checks = ['own-counter'];
  expect(controlFrom([ownCounter], [one, one]).passed).toEqual(checks);
  expect(controlFrom([ownCounter], [one, few]).unproven).toHaveLength(1);
  expect(controlFrom([appliedOnce], [few, recordedForTest(losing())]).failed).toHaveLength(1);
  expect(controlFrom([ownCounter], []).unproven).toHaveLength(1);
});

test('a part without the matter of a check leaves the word to the other', () => {
  const idle = recordedForTest(sound(), { checks: ['works-afterwards'], isGenerated: true });
  const story = new Story();
  const alice = story.connect('alice/1').increment(8);
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + 100 });
  alice.get({ outcome: broken() });
  story.wait(300);
  alice.get();
  const tried = recordedForTest(story, { checks: ['works-afterwards'], isGenerated: true });
  expect(controlFrom([worksAfterwards], [idle, tried]).passed).toEqual(['works-afterwards']);
});
