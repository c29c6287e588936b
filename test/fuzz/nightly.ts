/**
 * The long fuzz run: `npm run fuzz [-- INPUTS]`, 100,000 unless said otherwise. `FUZZ_SEED` repeats
 * one; a failure names the seed that shows it at once.
 */

import { fuzz, GROWTH_MIB } from './campaign.ts';

const inputs = Number(process.argv[2] ?? 100_000);
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const EVERY = 10_000;
let next = EVERY;

process.stdout.write(`${inputs} inputs, FUZZ_SEED=${seed}\n`);
const outcome = await fuzz({ inputs, seed }, (done) => {
  if (done < next) return;
  next += EVERY;
  process.stdout.write(`${done} answered as they must be\n`);
});
const seconds = Math.round(outcome.ms / 1_000);
process.stdout.write(`${outcome.inputs} inputs in ${seconds} s\n`);
for (const kind of ['heap', 'resident'] as const) {
  const [half, end] = [outcome.half[kind], outcome.end[kind]];
  const hasGrown = end - half > GROWTH_MIB[kind];
  const judged = hasGrown ? `grew by more than the ${GROWTH_MIB[kind]} MiB it may` : 'is flat';
  const [from, to] = [half, end].map((mib) => mib.toFixed(1));
  process.stdout.write(`${kind} memory ${judged}: ${from} MiB half-way, ${to} MiB at the end\n`);
  if (hasGrown) process.exitCode = 1;
}
