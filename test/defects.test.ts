import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHECKS } from '../harness/checks/index.ts';
import { loadDefects } from '../harness/run/defect.ts';
import { loadScenarios } from '../scenarios/index.ts';

const here = new URL('../fixtures/defects/', import.meta.url);
const defects = await loadDefects();
const scenarios = await loadScenarios();

test('every file is listed, and everything listed is a file', () => {
  const files = readdirSync(here).filter((file) => file.endsWith('.ts'));
  const names = defects.map(({ name }) => `${name}.ts`);
  expect(names.toSorted()).toEqual(files.toSorted());
});

test('every check is named by a defect, and everything named is a check', () => {
  const named = new Set(defects.map(({ check }) => check));
  expect(named).toEqual(new Set(CHECKS.map(({ id }) => id)));
});

test('every scenario named is one', () => {
  const ids = new Set(scenarios.map(({ id }) => id));
  expect(defects.flatMap((defect) => defect.scenarios.filter((id) => !ids.has(id)))).toEqual([]);
});

test('titles are sentences of their own', () => {
  const titles = defects.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles.filter((title) => !/^[A-Z].*[^.]$/.test(title))).toEqual([]);
});

test.each(defects)('$name starts the gateway and says what is wrong with it', ({ name }) => {
  const text = readFileSync(new URL(`${name}.ts`, here), 'utf8');
  expect(text).toMatch(/^\/\*\* [A-Z].*\. \*\/$/m);
  expect(text).toMatch(/^await main\(/m);
});
