/** The exact checker against trying everything, on random histories; more of them with ORACLE_RUNS. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkCounter } from './check-counter.ts';
import type { CounterOperation, CounterRules } from './counter-history.ts';
import { fewestRepetitions } from './exhaustive-for-test.ts';

const RUNS = Number(process.env['ORACLE_RUNS'] ?? 5_000);
const OPERATIONS_MAX = 6;

/** Few times and few values, so that histories that can just be explained are as common as others. */
const operation: fc.Arbitrary<CounterOperation> = fc
  .record({
    kind: fc.constantFrom('increment' as const, 'increment' as const, 'read' as const),
    startMs: fc.nat(8),
    tookMs: fc.nat(4),
    isCertain: fc.boolean(),
    value: fc.option(
      fc.oneof({ weight: 12, arbitrary: fc.nat(5) }, fc.constantFrom(-1, 0.5, 1.5)),
      { nil: undefined },
    ),
  })
  .filter(
    ({ kind, isCertain, value }) => kind === 'increment' || (isCertain && value !== undefined),
  )
  .map(({ kind, startMs, tookMs, isCertain, value }) => ({
    kind,
    startMs,
    endMs: startMs + tookMs,
    isCertain,
    ref: '',
    ...(isCertain && value !== undefined && { value }),
  }));

const rules: fc.Arbitrary<CounterRules> = fc.record({
  mayRepeat: fc.boolean(),
  applicationsMax: fc.constantFrom(1, 2),
  horizonMs: fc.constantFrom(14, Infinity),
});

test('it agrees with trying everything: what can be explained, and with how few repetitions', () => {
  const seen = { explained: 0, repeated: 0, not: 0 };
  fc.assert(
    fc.property(
      fc.array(operation, { minLength: 1, maxLength: OPERATIONS_MAX }),
      rules,
      (operations, rule) => {
        const fewest = fewestRepetitions(operations, rule);
        const findings = checkCounter(operations, rule);
        const duplicates = findings.find(({ anomaly }) => anomaly === 'DUPLICATE')?.count ?? 0;
        const others = findings.filter(({ anomaly }) => anomaly !== 'DUPLICATE');
        if (fewest === undefined) seen.not += 1;
        else if (fewest > 0) seen.repeated += 1;
        else seen.explained += 1;
        const told = others.length > 0 ? undefined : duplicates;
        expect(told).toBe(rule.mayRepeat && fewest !== undefined ? 0 : fewest);
      },
    ),
    { numRuns: RUNS },
  );
  // Otherwise it has compared nothing.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 100);
}, 600_000);
