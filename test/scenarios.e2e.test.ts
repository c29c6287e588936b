/** Every scenario against the reference gateway: one run on two lanes, one test a scenario. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../harness/report/exit-codes.ts';
import type { RunResult } from '../harness/run/result.ts';
import { runScenarios } from '../harness/run/runner.ts';
import { planFor } from '../harness/target/find-target.ts';
import { loadScenarios } from '../scenarios/index.ts';

const RUN_TIMEOUT_MS = 240_000;

const scenarios = await loadScenarios();
let result: RunResult;
let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'gauntlet-scenarios-'));
  result = await runScenarios(
    {
      scenarios,
      plan: await planFor({ target: 'reference' }),
      seed: 1,
      repeat: 1,
      jobs: 2,
      out,
      signal: new AbortController().signal,
      command: 'npm test',
    },
    { started: () => undefined, scenarioDone: () => undefined, note: () => undefined },
  );
}, RUN_TIMEOUT_MS);

afterAll(() => rm(out, { recursive: true, force: true }));

test('the suite has scenarios', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(30);
});

test.each(scenarios.map(({ id, title }) => ({ id, title })))('$id: $title', ({ id }) => {
  const judged = [...result.scenarios, ...result.perRun].find((one) => one.id === id);
  expect(judged?.findings).toEqual([]);
  expect(judged?.verdict, judged?.reason).toBe('pass');
});

test('the run as a whole is as expected', () => {
  expect(result.exitCode).toBe(EXIT.ok);
});
