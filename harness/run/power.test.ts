import { expect, test } from 'vitest';
import { judge } from './judge.ts';
import { powerOf, powerOfRun } from './power.ts';
import { checksNamed } from './recheck.ts';
import { recordedForTest } from './recorded-for-test.ts';
import { broken } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import { randomFrom } from '../random.ts';
import { EXIT } from '../report/exit-codes.ts';
import { resultForTest } from '../report/result-for-test.ts';

test('a defect at the rate that it names shows itself in 95 of 100 runs', () => {
  const random = randomFrom(7, 'power');
  for (const judged of [1, 14, 300]) {
    const { detectable95 } = powerOf(judged, 0);
    const runs = 4_000;
    let shown = 0;
    for (let run = 0; run < runs; run++) {
      const strikes = Array.from(
        { length: judged },
        () => random.int(0, 999_999) < detectable95 * 1e6,
      );
      if (strikes.includes(true)) shown += 1;
    }
    expect(shown / runs).toBeCloseTo(0.95, 1.5);
  }
});

test('nothing judged detects nothing', () => {
  expect(powerOf(0, 7)).toEqual({ judged: 0, unknown: 7, detectable95: 1 });
});

test('a run is worth what its green verdicts are', () => {
  const { power: _, ...without } = resultForTest();
  const results = [
    resultForTest({ power: powerOf(10, 1) }),
    resultForTest({ power: powerOf(20, 2) }),
    resultForTest({ power: powerOf(1_000, 500), verdict: 'fail' }),
    without,
  ];
  expect(powerOfRun(results)).toEqual(powerOf(30, 3));
});

/** So many of a hundred calls end without anybody knowing how, none of them exposed. */
function unknown(count: number, tool = 'get') {
  const story = new Story();
  const alice = story.connect('alice/1');
  for (let i = 0; i < 98; i++) {
    alice.call(i < count ? tool : 'get', i < count ? { outcome: broken() } : {});
  }
  const recorded = recordedForTest(story);
  // Whether such calls break a promise is not the question here.
  const examine = { id: 'x', title: 'x', requirements: ['ISO-01'] as const };
  return judge(recorded, [{ ...examine, judge: () => ({ examined: 1, findings: [] }) }]);
}

test('above 30 % unknown outcomes nothing can be said', () => {
  const { verdict, power } = unknown(30);
  expect([verdict, power?.judged, power?.unknown]).toEqual(['pass', 70, 30]);
  expect(unknown(31)).toMatchObject({
    verdict: 'inconclusive',
    exitCode: EXIT.inconclusive,
    reason: expect.stringMatching(/^the outcome of 31 of 100 operations is unknown/),
  });
});

test('what the scenario breaks itself is unknown by right', () => {
  expect(unknown(90, 'fail')).toMatchObject({ verdict: 'pass', power: { judged: 10 } });
});

test('a run carries its power through the real checks', () => {
  const story = new Story();
  story.connect('alice/1').increment(8);
  const recorded = recordedForTest(story);
  expect(judge(recorded, checksNamed(recorded.checks)).power).toEqual(powerOf(10, 0));
});
