/**
 * The long comparison of the exact counter checker with trying everything: `npm run oracle:nightly
 * [-- HISTORIES]`, 100,000 unless said otherwise. `ORACLE_SEED` repeats one. Exit 1 on the first
 * history that the two judge differently, made as small as it can be.
 */

import * as fc from 'fast-check';
import { compared, counterCase } from '../../harness/oracle/counter-case-for-test.ts';

const histories = Number(process.argv[2] ?? 100_000);
const seed = Number(process.env['ORACLE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isSafeInteger(histories) || histories < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('say how many histories, and ORACLE_SEED, as whole numbers\n');
  process.exit(64);
}

process.stdout.write(`${histories} histories, ORACLE_SEED=${seed}\n`);
const startMs = performance.now();
const seen = { explained: 0, 'explained by repetitions': 0, 'not explained': 0 };
const outcome = fc.check(
  fc.property(counterCase, (drawn) => {
    const { exhaustive, exact } = compared(drawn);
    if (exhaustive === undefined) seen['not explained'] += 1;
    else if (exhaustive > 0) seen['explained by repetitions'] += 1;
    else seen.explained += 1;
    return exact === exhaustive;
  }),
  { numRuns: histories, seed },
);
const seconds = Math.round((performance.now() - startMs) / 1_000);
const counts = Object.entries(seen).map(([what, count]) => `${count} ${what}`);
const [different] = outcome.counterexample ?? [];
if (different === undefined) {
  process.stdout.write(`${histories} judged alike in ${seconds} s: ${counts.join(', ')}\n`);
} else {
  const told = JSON.stringify({ ...different, ...compared(different) }, undefined, 2);
  process.stdout.write(`judged differently after ${outcome.numRuns}: ${told}\n`);
  process.exitCode = 1;
}
