/**
 * `npm run failures`: measures every way to fail and writes `docs/failures.md`; `-- --only ID` says
 * what came of one and writes nothing. Exit 1, and no page, when a promise of the gateway was broken.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HarnessError, UsageError } from '../../harness/errors.ts';
import { dataFile } from '../../harness/paths.ts';
import { EXIT } from '../../harness/report/exit-codes.ts';
import { machineText } from '../../harness/report/machine-text.ts';
import { writeAtomically } from '../../harness/report/write-atomically.ts';
import { NoiseMeter } from '../../harness/run/noise.ts';
import { suiteVersion } from '../../harness/suite-version.ts';
import { brokenPromises } from './broken-promises.ts';
import { FailureStage } from './failure-stage.ts';
import { failuresPage, type Row } from './failures-page.ts';
import { measureFailure } from './measure-failure.ts';
import { Neighbours } from './neighbours.ts';
import { strikesOneCall, type UpstreamFailure } from './upstream-failure.ts';
import { UPSTREAM_FAILURES } from './upstream-failures.ts';

const NEIGHBOURS = 50;
const SESSIONS = 5;
const ROUNDS = 2;

/** `only` is the id of one failure. */
function options(): { readonly only: string | undefined } {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' } } });
    return { only: values.only };
  } catch (error) {
    const sentence = (error as Error).message.split('. ')[0] ?? '';
    throw new UsageError(`${sentence}; npm run failures -- [--only ID]`);
  }
}

async function measureRow(
  stage: FailureStage,
  neighbours: Neighbours,
  failure: UpstreamFailure,
): Promise<Row> {
  const [measured, collateral] = await neighbours.watch(async () => {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push(await measureFailure(stage, failure, SESSIONS));
    }
    return rounds.flat();
  });
  const broken = brokenPromises(failure, measured, collateral, stage.secrets);
  for (const sentence of [failure.id, ...broken.map((one) => `  ${one}`)]) say(sentence);
  return { failure, measured, collateral, broken };
}

/** Those that strike one call come first: what strikes the whole upstream ends its neighbours, too. */
async function measureAll(
  stage: FailureStage,
  failures: readonly UpstreamFailure[],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const upstream of ['struck', 'calm'] as const) {
    const due = failures.filter((one) => strikesOneCall(one) === (upstream === 'struck'));
    if (due.length === 0) continue;
    await using neighbours = await Neighbours.open(stage, upstream, NEIGHBOURS);
    for (const failure of due) rows.push(await measureRow(stage, neighbours, failure));
  }
  return rows;
}

async function run(signal: AbortSignal): Promise<number> {
  const { only } = options();
  const all = Object.values(UPSTREAM_FAILURES).flat();
  const failures = all.filter(({ id }) => only === undefined || id === only);
  if (failures.length === 0) {
    throw new UsageError(`no failure "${only}"; there are ${all.map(({ id }) => id).join(', ')}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'gauntlet-failures-'));
  try {
    await using stage = await FailureStage.open(folder, signal);
    using noise = new NoiseMeter(() => Promise.resolve());
    const rows = await measureAll(stage, failures);
    const page = failuresPage(rows, {
      version: suiteVersion(),
      date: new Date().toISOString().slice(0, 10),
      machine: machineText(),
      neighbours: NEIGHBOURS,
      lagMaxMs: noise.read().lagMaxMs,
    });
    process.stdout.write(page);
    if (rows.some(({ broken }) => broken.length > 0)) return EXIT.violation;
    if (only === undefined) await writeAtomically(dataFile('docs/failures.md'), page);
    return EXIT.ok;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => interruption.abort(new HarnessError(EXIT.interrupted, 'interrupted')));
}
try {
  process.exitCode = await run(interruption.signal);
} catch (error) {
  if (!(error instanceof HarnessError)) throw error;
  say(`failures: ${error.message}`);
  process.exitCode = error.exitCode;
}
