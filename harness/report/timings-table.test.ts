import { expect, test } from 'vitest';
import { resultForTest, runForTest } from './result-for-test.ts';
import { timingsTable } from './timings-table.ts';

test('adds the repeats of a scenario up, and names the one that took most first', () => {
  const scenarios = [
    resultForTest({ id: 'a/once', durationMs: 1_500 }),
    resultForTest({ id: 'b/twice', durationMs: 1_000 }),
    resultForTest({ id: 'b/twice', durationMs: 1_000, repeat: 1 }),
  ];
  const table = timingsTable(runForTest(scenarios, { timings: { openLaneMs: 500 } }));
  expect(table).toMatch(
    /open lane \(sum over lanes\)[^]*500 ms[^]*b\/twice[^]*2\.0 s[^]*a\/once[^]*1\.5 s/,
  );
  expect(table.match(/b\/twice/g)).toHaveLength(1);
});
