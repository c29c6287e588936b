import { expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import type { Scenario } from '../run/scenario.ts';
import type { Issue } from '../../scenarios/issues.ts';
import { selectScenarios } from './select.ts';

const catalogue = {
  scenarios: [
    fake('isolation/same-user', ['ISO-02']),
    fake('isolation/two-users', ['SES-19'], 'ISO-02'),
    fake('breakage/one-call', ['TMO-01']),
  ],
  issues: [
    issue('IBM/mcp-context-forge#4205', 'isolation/same-user'),
    issue('IBM/mcp-context-forge#3520', 'breakage/*'),
    issue('other/gateway#4205', 'breakage/one-call'),
  ],
};

function fake(id: string, requirements: readonly string[], ofCheck = 'ISO-01'): Scenario {
  return { id, requirements, checks: [{ requirements: [ofCheck] }] } as unknown as Scenario;
}

function issue(id: string, pattern: string): Issue {
  return { id, title: id, url: 'https://example.invalid', scenarios: [pattern] };
}

function ids(...patterns: string[]): string[] {
  return selectScenarios(patterns, catalogue).map(({ id }) => id);
}

test('means all without a pattern', () => {
  expect(ids()).toHaveLength(3);
});

test('takes an id, a glob and several of them, each scenario once and in order', () => {
  expect(ids('isolation/two-users')).toEqual(['isolation/two-users']);
  expect(ids('**/*-user*')).toEqual(['isolation/same-user', 'isolation/two-users']);
  expect(ids('breakage/one-call', 'isolation/*', '*/*')).toEqual(ids());
});

test('takes an issue by number, in every repository that has it, or in one', () => {
  expect(ids('4205')).toEqual(['isolation/same-user', 'breakage/one-call']);
  expect(ids('#3520')).toEqual(['breakage/one-call']);
  expect(ids('IBM/mcp-context-forge#4205')).toEqual(['isolation/same-user']);
});

test.each(['205', '#42050', 'IBM/other#4205'])('does not take %s for another issue', (pattern) => {
  expect(() => ids(pattern)).toThrow(/no scenario reproduces the issue .*; known issues: IBM/);
});

test('takes a requirement of the scenario or of its checks, in either case', () => {
  expect(ids('iso-02')).toEqual(['isolation/same-user', 'isolation/two-users']);
});

test.each([
  ['isolation', '"isolation", did you mean "isolation/\\*"'],
  ['isolation/same-usr', 'did you mean "isolation/same-user"'],
  ['isolatoin/*', 'did you mean "isolation/\\*"'],
  ['xyz', 'see "mcp-gauntlet list"'],
  ['ISO-99', 'no scenario is about the requirement ISO-99'],
])('says what %s may have meant', (pattern, hint) => {
  expect(() => ids('isolation/*', pattern)).toThrow(new RegExp(hint));
  expect(() => ids(pattern)).toThrow(UsageError);
});
