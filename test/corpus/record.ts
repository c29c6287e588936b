/**
 * `npm run corpus [name…]`: records the bundles of the corpus anew, all or those named. Each scenario
 * is run three times with a fixed seed; the smallest bundle that is judged as it must be is kept.
 */

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot, programFile } from '../../harness/paths.ts';
import { DROPS_EVENTS } from '../../harness/run/broken-instruments.ts';
import { INSTRUMENT } from '../../harness/run/instrument.ts';
import { readBundle } from '../../harness/run/read-bundle.ts';
import type { ScenarioResult } from '../../harness/run/result.ts';
import { runScenarios } from '../../harness/run/runner.ts';
import { redactorOf } from '../../harness/report/redact.ts';
import { writeBundle } from '../../harness/run/write-bundle.ts';
import { planFor } from '../../harness/target/find-target.ts';
import { loadScenarios } from '../../scenarios/index.ts';
import { RECORDINGS, type Recording } from './recordings.ts';

const SEED = 1;
const REPEATS = 3;

const scenarios = await loadScenarios();
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));

async function record(recording: Recording): Promise<string> {
  const { name, scenario, defect, dropsEvents } = recording;
  const out = await mkdtemp(join(tmpdir(), 'corpus-'));
  try {
    const variables =
      defect === undefined ? {} : { GATEWAY: programFile(`fixtures/defects/${defect}`) };
    const { scenarios: results } = await runScenarios(
      {
        scenarios: scenarios.filter(({ id }) => id === scenario),
        plan: await planFor({ target: 'reference', variables }),
        seed: SEED,
        repeat: REPEATS,
        jobs: 1,
        out,
        signal: interrupted.signal,
        command: `npm run corpus ${name}`,
      },
      { started: () => undefined, scenarioDone: () => undefined, note: () => undefined },
      dropsEvents === true ? DROPS_EVENTS : INSTRUMENT,
    );
    return await keepSmallest(recording, results, out);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** @returns what was kept, in a line. */
async function keepSmallest(
  recording: Recording,
  results: readonly ScenarioResult[],
  out: string,
): Promise<string> {
  const { name } = recording;
  const fit = results.filter((result) => isAsWanted(recording, result));
  const sized = await Promise.all(
    fit.map(async ({ bundle = '' }) => ({ bundle, bytes: await sizeOf(bundle) })),
  );
  const smallest = sized.toSorted((a, b) => a.bytes - b.bytes)[0];
  if (smallest === undefined) {
    const seen = results.map(({ verdict, findings, reason }) => {
      const fired = findings.map(({ check, anomaly }) => `${check}/${anomaly ?? ''}`);
      return `${verdict} ${[...new Set(fired)].join(' ')} ${reason ?? ''}`;
    });
    throw new Error(`${name} was never judged as it must be: ${seen.join('; ')}`);
  }
  const directory = join(import.meta.dirname, name);
  const redactor = redactorOf([out, packageRoot, homedir()]);
  await writeBundle(directory, await readBundle(smallest.bundle), redactor);
  return `${name}: ${smallest.bytes} bytes`;
}

function isAsWanted(
  { verdict, check, anomaly }: Recording,
  { verdict: found, findings }: ScenarioResult,
): boolean {
  if (verdict !== found) return false;
  return (
    check === undefined ||
    findings.some(
      (one) => one.check === check && (anomaly === undefined || one.anomaly === anomaly),
    )
  );
}

async function sizeOf(directory: string): Promise<number> {
  const files = await readdir(directory);
  const sizes = await Promise.all(files.map((file) => stat(join(directory, file))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

const wanted = process.argv.slice(2);
for (const recording of RECORDINGS) {
  if (recording.isOld === true) continue;
  if (wanted.length > 0 && !wanted.includes(recording.name)) continue;
  process.stdout.write(`${await record(recording)}\n`);
}
