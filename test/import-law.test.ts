import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { importsOf, lawViolations } from './import-law.ts';
import { sourceFiles } from './source-files.ts';

const DEPENDENCIES = Object.keys(
  (
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      dependencies: Record<string, string>;
    }
  ).dependencies,
);

const files = sourceFiles();

test('imports run one way in every file', () => {
  expect(lawViolations(files, DEPENDENCIES)).toEqual([]);
});

test('the law read the whole house and saw its imports', () => {
  const folders = ['gateway', 'fixtures', 'harness', 'scenarios', 'load', 'bin', 'test'];
  const unread = folders.filter(
    (folder) => !files.some(({ path }) => path.startsWith(`${folder}/`)),
  );
  expect(unread).toEqual([]);
  const imports = files.flatMap(({ text }) => importsOf(text));
  expect(files.length).toBeGreaterThan(100);
  expect(imports.length).toBeGreaterThan(files.length);
});

test.each([
  ['gateway/gateway.ts', "import { within } from '../harness/lifecycle/deadline.ts';"],
  ['gateway/relay/ids.ts', "import type { Check } from '../../harness/checks/check.ts';"],
  ['fixtures/counter/main.ts', "import { nowMs } from '../../harness/lifecycle/clock.ts';"],
  ['fixtures/counter/main.ts', "import { Gateway } from '../../gateway/gateway.ts';"],
  ['fixtures/defects/shared.ts', "import { nowMs } from '../../harness/lifecycle/clock.ts';"],
  ['harness/run/lane.ts', "export * from '../../gateway/gateway.ts';"],
  ['harness/run/lane.ts', "import '../../fixtures/counter/main.ts';"],
  ['harness/run/lane.ts', "const x = await import('../../scenarios/index.ts');"],
  ['harness/run/lane.ts', 'const x = await import(name);'],
  ['harness/cli/run.ts', "const x = await import('../../gateway/main.ts');"],
  ['scenarios/isolation/x.ts', "import {\n  a,\n  b,\n} from '../../gateway/gateway.ts';"],
  ['load/runner.ts', "import { all } from '../scenarios/index.ts';"],
  ['load/k6/users.ts', "import { all } from '../../scenarios/index.ts';"],
  ['bin/launch.js', "import { nowMs } from '../harness/lifecycle/clock.ts';"],
  ['harness/run/lane.ts', "import { expect } from 'vitest';"],
  ['harness/run/lane.ts', "import { readFileSync } from 'fs';"],
])('bites: %s with %s', (path, text) => {
  expect(lawViolations([{ path, text }], DEPENDENCIES)).toHaveLength(1);
});

test.each([
  ['gateway/gateway.ts', "import { Agent } from 'undici';\nimport { x } from './relay/ids.ts';"],
  ['fixtures/defects/shared.ts', "import { Registry } from '../../gateway/upstream/registry.ts';"],
  ['harness/cli/run.ts', "import { all } from '../../scenarios/index.ts';"],
  ['harness/cli/run.ts', "const x = await import('../../load/run-load.ts');"],
  ['load/k6/users.ts', "import { payloadOf } from '../../harness/wire/payload.ts';"],
  ['harness/cli/run.ts', 'const x = await import(programFile(name));'],
  ['harness/run/lane.ts', "// import { x } from '../../gateway/gateway.ts';"],
  ['harness/run/lane.test.ts', "import { expect } from 'vitest';"],
  ['scenarios/isolation/x.ts', "import { scenario } from '../../harness/run/scenario.ts';"],
])('lets pass: %s with %s', (path, text) => {
  expect(lawViolations([{ path, text }], DEPENDENCIES)).toEqual([]);
});
