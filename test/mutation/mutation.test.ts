import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { expect, test } from 'vitest';
import { sourceFiles } from '../source-files.ts';
import mutationTests from './vitest.config.ts';

interface StrykerConfig {
  readonly mutate: readonly string[];
  readonly vitest: { readonly configFile: string };
  readonly thresholds: { readonly break: number };
}

const ROOT = join(import.meta.dirname, '../..');
const config = JSON.parse(
  readFileSync(join(import.meta.dirname, 'stryker.json'), 'utf8'),
) as StrykerConfig;
const files = sourceFiles();
const paths = files.map(({ path }) => path);

function matching(pattern: string): readonly string[] {
  return paths.filter((path) => picomatch(pattern)(path));
}

test('every pattern of the configuration means something', () => {
  for (const pattern of config.mutate) {
    expect(matching(pattern.replace(/^!/, '')), pattern).not.toEqual([]);
  }
  expect(existsSync(join(ROOT, config.vitest.configFile))).toBe(true);
  expect(config.thresholds.break).toBeGreaterThanOrEqual(90);
  const patterns = mutationTests.test?.include ?? [];
  expect(patterns.length).toBeGreaterThan(0);
  for (const pattern of patterns) expect(matching(pattern), pattern).not.toEqual([]);
});

test('what is argued to be no gap is still there', () => {
  const rows = readFileSync(join(import.meta.dirname, 'survivors.md'), 'utf8')
    .split('\n')
    .map((line) => /^\| `(harness\/[^`]+)` +\| `([^`]+)` +\|/.exec(line))
    .filter((match) => match !== null);
  expect(rows.length).toBeGreaterThan(10);
  const gone = rows.filter(([, path = '', code = '']) => {
    const text = files.find((file) => file.path === path)?.text ?? '';
    return !text.includes(code.replaceAll('\\|', '|'));
  });
  expect(gone.map(([row]) => row)).toEqual([]);
});
