import { expect, test } from 'vitest';
import { judge } from './judge.ts';
import { powerOf, powerOfRun, powerOfScenario } from './power.ts';
import { checksNamed } from './recheck.ts';
import { recordedForTest } from './recorded-for-test.ts';
import type { Verdict } from './result.ts';
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

const looked = (id: string, examined: number, verdict: Verdict = 'pass') => ({
  id,
  verdict,
  examined,
});

test('a scenario is worth what that of its own checks is which looked at least', () => {
  const checks = [
    looked('no-empty-error', 6),
    looked('own-counter', 28),
    looked('get-without-session', 2),
    looked('undisturbed', 0, 'not-applicable'),
  ];
  const own = ['own-counter', 'undisturbed'];
  expect(powerOfScenario(checks, own, 3)).toEqual(powerOf(28, 3, 'own-counter'));
  const both = ['own-counter', 'get-without-session'];
  expect(powerOfScenario(checks, both, 0)).toMatchObject({
    check: 'get-without-session',
    judged: 2,
  });
  expect(powerOfScenario(checks, ['undisturbed'], 1)).toEqual(powerOf(0, 1));
});

test('a run is worth what its green verdicts are, each check by itself', () => {
  const { power: _, ...without } = resultForTest();
  const checks = [looked('a', 100), looked('b', 2), looked('c', 0, 'not-applicable')];
  const results = [
    resultForTest({ power: powerOf(2, 1, 'b'), checks }),
    resultForTest({ power: powerOf(3, 2, 'b'), checks: [looked('a', 3), looked('b', 3)] }),
    resultForTest({ power: powerOf(1_000, 500), verdict: 'fail', checks }),
    { ...without, checks },
  ];
  const [a, b] = [powerOf(103, 0, 'a'), powerOf(5, 0, 'b')].map(({ unknown: __, ...of }) => of);
  expect(powerOfRun(results)).toEqual({ ...powerOf(5, 3, 'b'), checks: [b, a] });
  expect(powerOfRun([])).toEqual({ ...powerOf(0, 0), checks: [] });
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
  expect([verdict, power?.unknown]).toEqual(['pass', 30]);
  expect(unknown(31)).toMatchObject({
    verdict: 'inconclusive',
    exitCode: EXIT.inconclusive,
    reason: expect.stringMatching(/^the outcome of 31 of 100 operations is unknown/),
  });
});

test('what the scenario breaks itself is unknown by right', () => {
  expect(unknown(90, 'fail')).toMatchObject({ verdict: 'pass', power: { unknown: 90 } });
});

test('a run carries its power through the real checks', () => {
  const story = new Story();
  story.connect('alice/1').increment(8);
  const recorded = recordedForTest(story);
  expect(judge(recorded, checksNamed(recorded.checks)).power).toEqual(powerOf(8, 0, 'own-counter'));
});
