import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { parseBaseline, readBaseline, requireKnown } from './read-baseline.ts';

const parse = (yaml: string) => parseBaseline(yaml, 'b.yaml', '2026-11-21');

const named = (...ids: readonly string[]) =>
  ids.map((id) => ({ id, anomalies: ['LOST', 'ORDER'] as const }));

/** A scenario that two checks judge. */
const judged = (id: string) => ({ id, checks: ['own-counter', 'other'] });

const FLAKY = `
- scenario: isolation/*
  check: own-counter
  reason: a race in its pool
  expect: flaky
  maxRate: 0.1
  expires: 2026-12-31
  anomaly: LOST
  issue: https://example.org/7
  target: { name: contextforge-*, version: 1.0.* }
`;

test('takes what an entry may say, and takes one that says no more for a sure failure', () => {
  expect(parse(FLAKY).entries).toEqual([
    {
      scenario: 'isolation/*',
      check: 'own-counter',
      reason: 'a race in its pool',
      expect: 'flaky',
      maxRate: 0.1,
      expires: '2026-12-31',
      anomaly: 'LOST',
      issue: 'https://example.org/7',
      target: { name: 'contextforge-*', version: '1.0.*' },
    },
  ]);
  expect(parse('- { scenario: a, check: b, reason: c }').entries).toEqual([
    { scenario: 'a', check: 'b', reason: 'c', expect: 'fail' },
  ]);
});

test.each([
  ['- scenario: a\n  check: b\n', /^b\.yaml:1: 0\.reason: it is missing$/],
  ['- scenario: a\n  check: 7\n  reason: c\n', /^b\.yaml:2: 0\.check: /],
  [
    '- scenario: a\n  check: b\n  reason: c\n- scenario: a\n  chekc: b\n  reason: c\n',
    /^b\.yaml:4: 1\.check: it is missing$/,
  ],
  ['scenario: a\n', /^b\.yaml:1: the document: /],
  ['# nothing yet\n\nscenario: a\n', /^b\.yaml:3: the document: it must be a list$/],
  ['- scenario: [a\n', /^b\.yaml:\d: .*$/],
  ['- scenario: a\n  check: b\n  reason: c\n  reason: d\n', /^b\.yaml:4: .*unique/],
  [
    '- { scenario: a, check: b, reason: c, foo: 1, bar: 2 }',
    /^b\.yaml:1: 0\.foo: there is no such field/,
  ],
  [FLAKY.replace('  maxRate: 0.1\n', ''), /0\.maxRate: required for "expect: flaky"/],
  [FLAKY.replace('  expires: 2026-12-31\n', ''), /0\.expires: required for "expect: flaky"/],
  [FLAKY.replace('flaky', 'fail'), /^b\.yaml:6: 0\.maxRate: only for "expect: flaky"/],
  [FLAKY.replace('flaky', 'sometimes'), /^b\.yaml:5: 0\.expect: /],
  [FLAKY.replace('0.1', '1.5'), /^b\.yaml:6: 0\.maxRate: /],
  [FLAKY.replace('0.1', '0'), /^b\.yaml:6: 0\.maxRate: /],
  [FLAKY.replace('12-31', '12-32'), /^b\.yaml:7: 0\.expires: a date such as 2027-03-31/],
  [FLAKY.replace('2026-12-31', 'soon'), /^b\.yaml:7: 0\.expires: a date such as/],
  [
    FLAKY.replace('version', 'vesion'),
    /^b\.yaml:10: 0\.target\.vesion: there is no such field; there are name, version$/,
  ],
])('names line and field of %j', (yaml, message) => {
  expect(() => parse(yaml)).toThrow(message);
  expect(() => parse(yaml)).toThrow(UsageError);
});

test('an empty file expects nothing', () => {
  expect(parse('').entries).toEqual([]);
});

test('a file that is not there is a usage error', async () => {
  const read = readBaseline('/nowhere/b.yaml');
  await expect(read).rejects.toThrow('the baseline /nowhere/b.yaml cannot be read: ENOENT');
  await expect(read).rejects.toHaveProperty('cause.code', 'ENOENT');
});

describe('a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baseline-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('is read as of today, with the line of each entry', async () => {
    const file = join(folder, 'b.yaml');
    await writeFile(file, `${FLAKY}- { scenario: a, check: ü, reason: c }\n`);
    const { today, lines, entries } = await readBaseline(file);
    expect(today).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(lines).toEqual([2, 11]);
    expect(entries[1]?.check).toBe('ü');
  });

  test('is told of with the line of its mistake', async () => {
    const file = join(folder, 'b.yaml');
    await writeFile(file, '- scenario: a\n  check: 7\n  reason: c\n');
    await expect(readBaseline(file)).rejects.toThrow(`${file}:2: 0.check: `);
    await expect(readBaseline(file)).rejects.not.toThrow(/cannot be read/);
  });
});

test('an entry that matches nothing is a usage error', () => {
  const baseline = parse('- { scenario: isolation/*, check: own-counter, reason: on purpose }');
  expect(() => requireKnown(baseline, [judged('reuse/one')], named('own-counter'))).toThrow(
    /b\.yaml:1: scenario: "isolation\/\*" matches no scenario/,
  );
  expect(() => requireKnown(baseline, [judged('isolation/x')], named('other'))).toThrow(
    /b\.yaml:1: check: there is no check "own-counter"/,
  );
  const all = [judged('reuse/one'), judged('isolation/x')];
  expect(() => requireKnown(baseline, all, named('own-counter'))).not.toThrow();
  const { file, today, entries } = baseline;
  expect(() => requireKnown({ file, today, entries }, [judged('reuse/one')], [])).toThrow(
    /^b\.yaml: scenario: /,
  );
});

test('an entry whose check judges none of its scenarios is a usage error', () => {
  const known = (scenario: string) => () =>
    requireKnown(
      parse(`- { scenario: ${scenario}, check: clear-error-soon, reason: on purpose }`),
      [judged('isolation/x'), { id: 'breakage/y', checks: ['clear-error-soon'] }],
      named('own-counter', 'other', 'clear-error-soon'),
    );
  expect(known('isolation/*')).toThrow(UsageError);
  expect(known('isolation/*')).toThrow(
    /^b\.yaml:1: check: "clear-error-soon" judges no scenario that "isolation\/\*" matches; see/,
  );
  expect(known('"*/*"')).not.toThrow();
});

test('an anomaly that its check never names is a usage error, and those that it names are told', () => {
  const all = [judged('isolation/x')];
  const checks = [
    { id: 'own-counter', anomalies: ['ORDER', 'SPLIT'] as const },
    { id: 'other', anomalies: ['LOST'] as const },
  ];
  const flaky = (yaml: string) => () => requireKnown(parse(yaml), all, checks);
  expect(flaky(FLAKY)).toThrow(UsageError);
  expect(flaky(FLAKY)).toThrow(
    /b\.yaml:2: anomaly: own-counter never names "LOST"; it names ORDER, SPLIT$/,
  );
  expect(flaky(FLAKY.replace('LOST', 'SPLIT'))).not.toThrow();
  const nameless = [{ id: 'own-counter' }];
  expect(() => requireKnown(parse(FLAKY), all, nameless)).toThrow(
    /anomaly: own-counter never names "LOST"; leave it out$/,
  );
});

const EITHER = /own-counter in isolation\/x is expected both to fail always and to be flaky/;

/** A flaky entry for isolation, and one of a sure failure that says this. */
function both(flaky: string, sure: string): () => void {
  const entries = `
- { scenario: isolation/*, reason: c, expect: flaky, maxRate: 0.1, expires: 2026-12-31, ${flaky} }
- { reason: c, ${sure} }`;
  const all = [judged('isolation/x'), judged('reuse/one')];
  return () => {
    requireKnown(parse(entries), all, named('own-counter', 'other'));
  };
}

test('one finding is either sure or flaky', () => {
  const about = 'check: own-counter, anomaly: LOST, target: { name: one, version: 1.0.* }';
  expect(both(about, `scenario: isolation/x, ${about}`)).toThrow(EITHER);
  expect(both('check: own-counter', 'scenario: "**", check: own-counter')).toThrow(EITHER);
});

test.each([
  'scenario: reuse/one, check: own-counter, anomaly: LOST, target: { name: one, version: 1.0.* }',
  'scenario: isolation/x, check: other, anomaly: LOST, target: { name: one, version: 1.0.* }',
  'scenario: isolation/x, check: own-counter, anomaly: ORDER, target: { name: one, version: 1.0.* }',
  'scenario: isolation/x, check: own-counter, anomaly: LOST, target: { name: two, version: 1.0.* }',
  'scenario: isolation/x, check: own-counter, anomaly: LOST, target: { name: one, version: 1.1.* }',
  'scenario: isolation/x, check: own-counter, anomaly: LOST, target: { name: one }',
  'scenario: isolation/x, check: own-counter, anomaly: LOST',
])('and may be sure in another place than where it is flaky: %s', (sure) => {
  const flaky = 'check: own-counter, anomaly: LOST, target: { name: one, version: 1.0.* }';
  expect(both(flaky, sure)).not.toThrow();
});
