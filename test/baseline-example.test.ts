import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ALWAYS, CHECKS } from '../harness/checks/index.ts';
import { parseBaseline, requireKnown } from '../harness/run/read-baseline.ts';
import { loadScenarios } from '../scenarios/index.ts';

test('the baseline that the README shows is one', async () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n(- scenario:[^]*?)```/.exec(readme) ?? [];
  const baseline = parseBaseline(yaml, 'README.md', '2026-11-21');
  expect(baseline.entries.map(({ expect: kind }) => kind)).toEqual(['fail', 'flaky']);
  const scenarios = (await loadScenarios()).map((scenario) => ({
    id: scenario.id,
    checks: [...ALWAYS, ...scenario.checks].map(({ id }) => id),
  }));
  expect(() => requireKnown(baseline, scenarios, CHECKS)).not.toThrow();
});
