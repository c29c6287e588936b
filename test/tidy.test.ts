import { expect, test } from 'vitest';
import { sourceFiles } from './source-files.ts';
import { untidy } from './tidy.ts';

const SHORT = Array.from({ length: 9 }, (_, index) => ({
  path: `harness/short-${index}.ts`,
  text: 'export const one = 1;\n',
}));

test('every file keeps the habits', () => {
  const files = sourceFiles();
  expect(files.length).toBeGreaterThan(100);
  expect(untidy(files)).toEqual([]);
});

test.each([
  {
    what: 'composed abort signals',
    path: 'harness/x.ts',
    text: 'const signal = AbortSignal.any([a, b]);',
  },
  {
    what: 'a timeout signal',
    path: 'gateway/x.ts',
    text: 'fetch(url, { signal: AbortSignal.timeout(5) });',
  },
  { what: 'a lone test', path: 'harness/x.test.ts', text: "test.only('x', () => {});" },
  { what: 'a skipped group', path: 'harness/x.test.ts', text: "describe.skip('x', () => {});" },
  { what: 'work left for later', path: 'harness/x.ts', text: '// TODO: later' },
  { what: 'work left for later in a document', path: 'docs/x.md', text: 'FIXME' },
  {
    what: 'a folder outside of the repository',
    path: 'docs/x.md',
    text: `see ${['..', 'shared'].join('/')}/DESIGN.md`,
  },
  {
    what: 'a registry in data',
    path: 'fixtures/targets/x.yaml',
    text: `index: https://${['pypi', 'org'].join('.')}/simple`,
  },
  {
    what: 'a registry in settings',
    path: '.npmrc',
    text: `registry=https://${['registry', 'npmjs', 'org'].join('.')}/`,
  },
  { what: 'a file without type check', path: 'harness/x.ts', text: '// @ts-nocheck\n' },
  { what: 'a long file', path: 'harness/x.ts', text: 'x;\n'.repeat(371) },
])('bites: $what', ({ path, text }) => {
  expect(untidy([...SHORT, { path, text }])).toHaveLength(1);
});

test('bites: half of the files are long', () => {
  const long = SHORT.map(({ path }) => ({
    path: path.replace('short', 'long'),
    text: 'x;\n'.repeat(126),
  }));
  expect(
    untidy([...SHORT, ...long, { path: 'harness/longest.ts', text: 'x;\n'.repeat(127) }]),
  ).toHaveLength(1);
});

const SIMULATION = ['simulate', 'a-model', 'simulate.test', 'defects/a-defect'].map((name) => ({
  path: `harness/simulation/${name}.ts`,
  text: 'x;\n'.repeat(200),
}));

test('bites: a simulation that is larger than one can oversee, its tests and defects apart', () => {
  expect(untidy([...SHORT, ...SIMULATION])).toEqual([]);
  const [first] = untidy([
    ...SHORT,
    ...SIMULATION,
    { path: 'harness/simulation/one-more.ts', text: 'x;\n' },
  ]);
  expect(first).toBe('the simulation has 401 lines, more than 400');
});

test.each([
  {
    what: 'a conditional skip',
    path: 'harness/x.test.ts',
    text: "test.skipIf(!docker)('x', () => {});",
  },
  {
    what: 'the name of a signal in a comment',
    path: 'harness/x.ts',
    text: '// AbortSignal.any is not used, see deadline.ts\n',
  },
  { what: 'a file that is just short enough', path: 'harness/x.ts', text: 'x;\n'.repeat(370) },
])('lets pass: $what', ({ path, text }) => {
  expect(untidy([...SHORT, { path, text }])).toEqual([]);
});
