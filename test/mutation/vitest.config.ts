/** The tests of the pure modules and no others: every mutant is given to them. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'harness/{history,oracle}/**/*.test.ts',
      'harness/report/exit-codes.test.ts',
      'harness/run/{baseline,read-baseline}.test.ts',
      'harness/wire/{certainty,outcome}.test.ts',
      'test/mutated-histories.test.ts',
    ],
    exclude: ['**/*.e2e.test.ts'],
    testTimeout: 20_000,
  },
});
