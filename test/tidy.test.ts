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
  ['harness/x.ts', 'const signal = AbortSignal.any([a, b]);'],
  ['gateway/x.ts', 'fetch(url, { signal: AbortSignal.timeout(5) });'],
  ['harness/x.test.ts', "test.only('x', () => {});"],
  ['harness/x.test.ts', "describe.skip('x', () => {});"],
  ['harness/x.ts', '// TODO: later'],
  ['docs/x.md', 'FIXME'],
  ['docs/x.md', 'see ../shared/DESIGN.md'],
  ['fixtures/targets/x.yaml', 'index: https://pypi.org/simple'],
  ['.npmrc', 'registry=https://registry.npmjs.org/'],
  ['harness/x.ts', '// @ts-nocheck\n'],
  ['harness/x.ts', 'x;\n'.repeat(371)],
])('bites: %s with %s', (path, text) => {
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

test.each([
  ['harness/x.test.ts', "test.skipIf(!docker)('x', () => {});"],
  ['harness/x.ts', '// AbortSignal.any is not used, see deadline.ts\n'],
  ['harness/x.ts', 'x;\n'.repeat(370)],
])('lets pass: %s with %s', (path, text) => {
  expect(untidy([...SHORT, { path, text }])).toEqual([]);
});
