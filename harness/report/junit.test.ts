import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { junitReport } from './junit.ts';
import { redactorOf } from './redact.ts';
import {
  diagnosisForTest,
  findingForTest,
  receiptForTest,
  resultForTest,
  runForTest,
} from './result-for-test.ts';
import type { Control } from '../run/recorded.ts';
import type { ScenarioResult } from '../run/result.ts';

interface Case {
  readonly '@name': string;
  readonly failure?: { readonly '@type': string; readonly '@message': string };
  readonly error?: { readonly '@type': string; readonly '@message': string };
  readonly skipped?: unknown;
  readonly 'system-out': string;
  readonly properties: { readonly property: readonly Property[] };
}
interface Property {
  readonly '@name': string;
  readonly '@value': string;
}
interface Suite {
  readonly '@name': string;
  readonly '@tests': string;
  readonly '@failures': string;
  readonly testcase: readonly Case[];
  readonly properties: { readonly property: readonly Property[] };
}

function parsed(...results: readonly ScenarioResult[]): readonly Suite[] {
  const xml = junitReport(runForTest(results), redactorOf(['top-secret']));
  expect(XMLValidator.validate(xml)).toBe(true);
  expect(xml).not.toContain('top-secret');
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    isArray: (name) => ['testsuite', 'testcase', 'property'].includes(name),
  });
  const document = parser.parse(xml) as { testsuites: { testsuite: readonly Suite[] } };
  return document.testsuites.testsuite;
}

function onlyCase(result: ScenarioResult): Case {
  const found = parsed(result)[0]?.testcase[0];
  if (found === undefined) throw new Error('no test case was written');
  return found;
}

test('a group is a suite, a scenario is a case', () => {
  const suites = parsed(
    resultForTest(),
    resultForTest({ id: 'reuse/one' }),
    resultForTest({ repeat: 1 }),
  );
  expect(suites.map((suite) => [suite['@name'], suite['@tests']])).toEqual([
    ['isolation', '2'],
    ['reuse', '1'],
  ]);
  expect(suites[0]?.testcase.map((one) => one['@name'])).toEqual([
    'isolation/same-user',
    'isolation/same-user (repeat 2)',
  ]);
  expect(suites[0]?.properties.property).toContainEqual({ '@name': 'seed', '@value': '42' });
});

test('a pass is neither failure, error nor skipped', () => {
  const one = onlyCase(resultForTest());
  expect([one.failure, one.error, one.skipped]).toEqual([undefined, undefined, undefined]);
  for (const property of [
    { '@name': 'operations', '@value': '8' },
    { '@name': 'unknown', '@value': '2' },
    { '@name': 'detectable95', '@value': expect.stringMatching(/^0\.31/) },
  ]) {
    expect(one.properties.property).toContainEqual(property);
  }
});

test('a violation is a failure of the check that found it, with the way to see it again', () => {
  const one = onlyCase(
    resultForTest({
      verdict: 'fail',
      exitCode: 1,
      findings: [findingForTest({ contract: 'default contract' })],
      bundle: 'out/b',
      receipts: [receiptForTest()],
      targetLog: ['password top-secret'],
    }),
  );
  expect(one.failure).toMatchObject({
    '@type': 'own-counter',
    '@message': 'alice/1 saw 6 where its own counter stood at 3',
  });
  expect(JSON.stringify(one.failure)).toContain('default contract');
  expect(one['system-out']).toContain('npx mcp-gauntlet replay out/b');
  expect(one['system-out']).toMatch(/fault f1 down .*touched 1 of 3 exposed calls; seen: refused/);
  expect(one.properties.property).toContainEqual({ '@name': 'bundle', '@value': 'out/b' });
});

test('a failure says the headline, and holds the time line and the sentence that was broken', () => {
  const findings = [findingForTest({ sentence: 'Sessions are never shared. (gateway; an issue)' })];
  const result = { verdict: 'fail', exitCode: 1, findings, diagnosis: diagnosisForTest() } as const;
  const { failure } = onlyCase(resultForTest(result));
  expect(failure?.['@message']).toBe(diagnosisForTest().headline);
  const text = JSON.stringify(failure);
  for (const part of ['├──┤  told 1', 'also 2 × DUPLICATE', 'broken: Sessions are never shared.']) {
    expect(text).toContain(part);
  }
});

test('a failure says what the control arm proves, and where it proves nothing', () => {
  const failed = { verdict: 'fail', exitCode: 1, findings: [findingForTest()] } as const;
  const told = (control: Control) =>
    JSON.stringify(onlyCase(resultForTest({ ...failed, control })).failure);
  expect(told({ failed: [], passed: ['own-counter'] })).toContain('this does not happen');
  const unproven = [{ check: 'own-counter', why: 'Toxiproxy died' }];
  const open = told({ failed: [], unproven });
  expect(open).toContain('control arm: it proves nothing: Toxiproxy died');
  expect(open).not.toContain('does not happen');
});

test('an expected violation is skipped, and says why', () => {
  const expected = [{ check: 'own-counter', reason: 'known since spring' }];
  const one = onlyCase(
    resultForTest({ verdict: 'fail', exitCode: 0, findings: [findingForTest()], expected }),
  );
  expect([one.failure, one.skipped]).toEqual([undefined, '']);
  expect(one['system-out']).toContain('known since spring');
});

test.each([
  [{ verdict: 'inconclusive', exitCode: 2 } as const, 'inconclusive'],
  [{ verdict: 'inconclusive', exitCode: 4, ownError: true } as const, 'harness'],
])('%j is an error of type %s, not a failure', (result, type) => {
  const one = onlyCase(resultForTest({ ...result, reason: 'the fixture died' }));
  expect(one.error).toMatchObject({ '@type': type, '@message': 'the fixture died' });
  expect(one.failure).toBeUndefined();
});

test('not applicable is skipped', () => {
  const one = onlyCase(resultForTest({ verdict: 'not-applicable', reason: 'no admin API' }));
  expect(one.skipped).toBe('');
  expect(one['system-out']).toContain('no admin API');
});

test('a log with colours, NUL, lone surrogates and ]]> stays well-formed XML', () => {
  const targetLog = ['\u001b[31mred\u001b[0m \u0000 \ud800 <a> & ]]> \uffff'];
  const one = onlyCase(resultForTest({ verdict: 'fail', exitCode: 1, targetLog }));
  expect(one['system-out']).toMatch(/log: red /);
});

test('a baseline that is out of date is a failure that CI sees', () => {
  const expiredBaseline = [{ scenario: 'a/*', check: 'own-counter', expires: '2026-01-31' }];
  const run = runForTest([resultForTest()], { expiredBaseline, exitCode: 3 });
  expect(junitReport(run, redactorOf([]))).toMatch(
    /name="baseline\/1"[^]*<failure message="expired baseline: own-counter in a\/\*[^]*type="baseline"/,
  );
});

test('a run that could not begin is an error that CI sees', () => {
  const xml = junitReport(runForTest([], { error: 'no k6', exitCode: 4 }), redactorOf([]));
  expect(xml).toMatch(/<error message="no k6" type="harness"/);
});
