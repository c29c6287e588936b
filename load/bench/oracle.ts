/**
 * `npm run bench:oracle`: how long the judges take for a million operations, a tenth of them of
 * unknown fate, and how much memory, history included. Each in a process of its own. Exit 1 where one
 * passes its bar of 2 s and 1 GB, or finds something in what is healthy.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkCounter } from '../../harness/oracle/check-counter.ts';
import { findAnomalies } from '../../harness/oracle/find-anomalies.ts';
import { longCounterHistory, longRecording } from '../../harness/oracle/long-history-for-test.ts';
import { EXIT } from '../../harness/report/exit-codes.ts';
import { plainTable } from '../../harness/report/summary-table.ts';

const OPERATIONS = 1_000_000;
const SECONDS_MAX = 2;
const MEGABYTES_MAX = 1_000;
const SEED = 1;

interface Measured {
  readonly seconds: number;
  /** Of processors, with what collected garbage beside it. */
  readonly cpuSeconds: number;
  /** The process at its largest. */
  readonly megabytes: number;
  readonly found: number;
}

/** How many things each finds; the history is made before the clock starts. */
const JUDGES: Readonly<Record<string, (operations: number) => () => number>> = {
  'white box': (operations) => {
    const recording = longRecording(operations, SEED);
    return () => findAnomalies(recording).anomalies.length;
  },
  'black box': (operations) => {
    const history = longCounterHistory(operations, SEED);
    return () => checkCounter(history).length;
  },
};

function measure(name: string, operations: number): Measured {
  const judge = JUDGES[name]?.(operations);
  const before = process.cpuUsage();
  const startMs = performance.now();
  const found = judge?.() ?? -1;
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  // Kilobytes, as getrusage(2) gives them.
  const megabytes = process.resourceUsage().maxRSS / 1000;
  return { seconds, cpuSeconds: (user + system) / 1e6, megabytes, found };
}

function measureApart(name: string, operations: number): Measured {
  const script = fileURLToPath(import.meta.url);
  const options = ['--judge', name, '--operations', String(operations)];
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...options], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the ${name} could not be measured: ${stderr}`);
  return JSON.parse(stdout) as Measured;
}

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: String(OPERATIONS) },
    judge: { type: 'string' },
  },
});
const operations = Number(values.operations);
if (!Number.isSafeInteger(operations) || operations < 1) {
  process.stderr.write(`--operations takes a whole number from 1, not "${values.operations}"\n`);
  process.exitCode = EXIT.usage;
} else if (values.judge === undefined) {
  const table = plainTable(['judge', 'operations', 'seconds', 'cpu', 'megabytes', 'found']);
  for (const name of Object.keys(JUDGES)) {
    const { seconds, cpuSeconds, megabytes, found } = measureApart(name, operations);
    const times = [seconds.toFixed(2), cpuSeconds.toFixed(2)];
    const row = [name, operations.toLocaleString('en'), ...times, megabytes.toFixed(0)];
    table.push([...row, String(found)]);
    // Where others used the processors meanwhile, only its own share says anything.
    const isFast = Math.min(seconds, cpuSeconds) < SECONDS_MAX;
    const isHeld = isFast && megabytes < MEGABYTES_MAX && found === 0;
    if (!isHeld) process.exitCode = EXIT.violation;
  }
  const verdict = process.exitCode === undefined ? 'held' : 'not held';
  process.stdout.write(`${table.toString()}\n`);
  process.stdout.write(
    `${SECONDS_MAX} s and ${MEGABYTES_MAX} MB each, nothing found: ${verdict}\n`,
  );
} else {
  process.stdout.write(JSON.stringify(measure(values.judge, operations)));
}
