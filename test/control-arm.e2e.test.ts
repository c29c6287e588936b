/** The control arm, on the real stage: it catches an instrument that lies, and lets nobody off who is guilty. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownCounter } from '../harness/checks/index.ts';
import { OwnError } from '../harness/errors.ts';
import { counter } from '../harness/fixture/counter.ts';
import { programFile } from '../harness/paths.ts';
import { EXIT } from '../harness/report/exit-codes.ts';
import { planFor } from '../harness/target/find-target.ts';
import type { Schedule } from '../harness/schedule/schedule.ts';
import { stormScenario } from '../harness/storm/storm-scenario.ts';
import { loadScenarios } from '../scenarios/index.ts';
import { OUTLIVING } from '../harness/run/broken-instruments.ts';
import { CONTROL_PLAN } from '../harness/run/control-plan.ts';
import { INSTRUMENT, type Instrument } from '../harness/run/instrument.ts';
import { recheck } from '../harness/run/recheck.ts';
import type { RunResult } from '../harness/run/result.ts';
import type { RunOptions } from '../harness/run/run-options.ts';
import { runScenarios } from '../harness/run/runner.ts';
import { scenario } from '../harness/run/scenario.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'gauntlet-control-'));
});
afterEach(() => rm(out, { recursive: true }));

const CUT = (await loadScenarios()).filter(({ id }) => id === 'breakage/cut-while-idle');
const SCHEDULE: Schedule = {
  sessions: [{ user: 0 }],
  upstreams: 2,
  operations: [
    { session: 0, upstream: 0, kind: 'get', gapMs: 0, executionMs: 0 },
    { session: 0, upstream: 1, kind: 'increment', gapMs: 0, executionMs: 0 },
    { session: 0, upstream: 1, kind: 'get', gapMs: 50, executionMs: 0 },
  ],
  faults: [{ kind: 'down', upstream: 1, operation: 2, phase: 'idle', durationMs: 50, severity: 0 }],
};
const STORM = stormScenario(SCHEDULE, 'by-hand');

async function run(
  about: Pick<RunOptions, 'scenarios' | 'controlArm'>,
  instrument = INSTRUMENT,
  variables: Readonly<Record<string, string>> = {},
  notes: string[] = [],
): Promise<RunResult> {
  return runScenarios(
    {
      ...about,
      plan: await planFor({ target: 'reference', variables }),
      seed: 1,
      repeat: 1,
      jobs: 2,
      out,
      signal: new AbortController().signal,
      command: 'npm test',
    },
    {
      started: () => undefined,
      scenarioDone: () => undefined,
      note: (line) => void notes.push(line),
    },
    instrument,
  );
}

test('what an instrument of ours does wrong is blamed on nobody, in scenarios and in storms', async () => {
  const without = await run({ scenarios: [STORM] }, OUTLIVING);
  expect(without.scenarios.map(({ verdict }) => verdict)).toEqual(['fail']);
  const weighed = await run({ scenarios: [...CUT, STORM], controlArm: true }, OUTLIVING);
  expect(weighed.scenarios).toHaveLength(2);
  expect(weighed.exitCode).toBe(EXIT.inconclusive);
  for (const { verdict, reason, findings, control, bundle } of weighed.scenarios) {
    expect(verdict).toBe('inconclusive');
    expect(reason).toMatch(/^straight against the fixture, without the target/);
    expect(findings).toEqual([]);
    expect(control?.failed).toContain('unexposed-succeed');
    expect((await recheck(bundle ?? '')).now.verdict).toBe('inconclusive');
  }
});

test('a guilty target is convicted all the same', async () => {
  const variables = { GATEWAY: programFile('fixtures/defects/wedged-after-failure') };
  const { scenarios } = await run({ scenarios: [STORM], controlArm: true }, INSTRUMENT, variables);
  expect(scenarios[0]).toMatchObject({ verdict: 'fail', control: { failed: [], unproven: [] } });
  expect(scenarios[0]?.findings.map(({ check }) => check)).toContain('works-afterwards');
  expect(scenarios[0]?.control?.passed).toContain('works-afterwards');
});

/** Only where sessions share a counter does enough happen to prove something. */
const LAZY = scenario({
  title: 'Without a guilty target it is inconclusive',
  requirements: ['ISO-02'],
  upstreams: { counter: counter() },
  checks: [ownCounter],
  operationsMin: 8,
  async run({ connect }) {
    const first = await connect({ user: 'alice' });
    const second = await connect({ user: 'alice' });
    await first.increment();
    const [answer] = await second.increment();
    if (answer?.payload?.['value'] !== 1) await second.increment({ times: 10 });
  },
});
const GUILTY = { GATEWAY: programFile('fixtures/defects/shared-upstream-session') };

test('an arm that was inconclusive acquits nobody', async () => {
  const { scenarios } = await run(
    { scenarios: [{ ...LAZY, id: 'isolation/lazy' }], controlArm: true },
    INSTRUMENT,
    GUILTY,
  );
  const [result] = scenarios;
  expect(result?.verdict).toBe('fail');
  expect(result?.control).toMatchObject({ failed: [], passed: [] });
  expect(result?.control?.unproven).toContainEqual({
    check: 'own-counter',
    why: 'only 6 operations were answered, of the 8 that prove something',
  });
  const again = await recheck(result?.bundle ?? '');
  expect(again.now.control).toEqual(result?.control);
});

test('an arm that broke costs no conviction, and is our failure', async () => {
  const notes: string[] = [];
  const broken: Instrument = {
    ...INSTRUMENT,
    openLane: (options) =>
      options.plan === CONTROL_PLAN
        ? Promise.reject(new OwnError('no port is left'))
        : INSTRUMENT.openLane(options),
  };
  const about = { scenarios: [{ ...LAZY, id: 'isolation/lazy' }], controlArm: true };
  const { scenarios, exitCode } = await run(about, broken, GUILTY, notes);
  expect(scenarios[0]?.verdict).toBe('fail');
  expect(exitCode).toBe(EXIT.violation);
  expect(scenarios[0]?.control?.unproven?.[0]?.why).toBe('it broke: no port is left');
  expect(notes).toEqual(['the control arm failed: no port is left']);
});
