/** What of ours dies in the middle of a run is never blamed on the target, and never green. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownCounter } from '../harness/checks/index.ts';
import { counter } from '../harness/fixture/counter.ts';
import { EXIT } from '../harness/report/exit-codes.ts';
import { INSTRUMENT, type Instrument } from '../harness/run/instrument.ts';
import type { RunResult } from '../harness/run/result.ts';
import { runScenarios } from '../harness/run/runner.ts';
import { scenario, type Scenario } from '../harness/run/scenario.ts';
import { planFor } from '../harness/target/find-target.ts';

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'gauntlet-lost-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

/** Counts, loses the instrument, and counts on; it may also wait for what can no longer come. */
function losing(lose: (pidOfFixture: number) => void, waitsInVain = false): Scenario {
  const definition = scenario({
    title: 'Something of ours dies in the middle',
    requirements: ['ISO-02'],
    upstreams: { counter: counter() },
    checks: [ownCounter],
    async run({ connect, upstream, until }) {
      const session = await connect();
      await session.increment({ times: 3 });
      lose(upstream('counter').fixture.pid);
      await session.increment({ times: 3, deadlineMs: 5_000 });
      if (waitsInVain) await until(200, 'what cannot come', () => false);
    },
  });
  return { ...definition, id: 'test/losing' };
}

async function run(one: Scenario, instrument: Instrument = INSTRUMENT): Promise<RunResult> {
  return runScenarios(
    {
      scenarios: [one],
      plan: await planFor({ target: 'reference' }),
      seed: 1,
      repeat: 1,
      jobs: 1,
      out,
      signal: new AbortController().signal,
      command: 'npm test',
    },
    { started: () => undefined, scenarioDone: () => undefined, note: () => undefined },
    instrument,
  );
}

test('a fixture that is killed by hand makes the scenario inconclusive', async () => {
  const result = await run(losing((pid) => process.kill(pid, 'SIGKILL')));
  const [judged] = result.scenarios;
  expect(judged?.verdict).toBe('inconclusive');
  expect(judged?.reason).toMatch(/fixture counter died/);
  expect(judged?.findings).toEqual([]);
  expect(result.exitCode).toBe(EXIT.inconclusive);
});

test.each([
  { waitsInVain: false, meanwhile: 'counts on' },
  { waitsInVain: true, meanwhile: 'waits in vain' },
])(
  'a Toxiproxy killed by hand is not blamed on the target: $meanwhile',
  async ({ waitsInVain }) => {
    let toxiproxy = 0;
    const watching: Instrument = {
      ...INSTRUMENT,
      openLane: (options) => {
        toxiproxy = options.toxiproxy.pid;
        return INSTRUMENT.openLane(options);
      },
    };
    const result = await run(
      losing(() => process.kill(toxiproxy, 'SIGKILL'), waitsInVain),
      watching,
    );
    const [judged] = result.scenarios;
    expect(judged?.verdict).toBe('inconclusive');
    expect(judged?.reason).toMatch(/Toxiproxy died/);
    expect(judged?.findings).toEqual([]);
    expect(result.exitCode).toBe(EXIT.inconclusive);
  },
);
