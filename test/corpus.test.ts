/** Recorded runs, judged again: a check that is changed keeps its verdicts, or this says which it does not. */

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recheck } from '../harness/run/recheck.ts';
import { RECORDINGS } from './corpus/recordings.ts';

const CORPUS = join(import.meta.dirname, 'corpus');
const BYTES_MAX = 350_000;

const names = readdirSync(CORPUS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const files = names.flatMap((name) =>
  readdirSync(join(CORPUS, name)).map((file) => join(CORPUS, name, file)),
);

test('every recording is there, and nothing else', () => {
  expect(names.toSorted()).toEqual(RECORDINGS.map(({ name }) => name).toSorted());
});

test('all of it stays small', () => {
  expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(BYTES_MAX);
});

test.each(files.map((file) => [file.slice(CORPUS.length + 1), file]))(
  '%s names no folder of the machine that recorded it, and no credential',
  (_, file) => {
    const text = readFileSync(file, 'utf8');
    expect(text).not.toMatch(/(?:^|["' ])\/(?:work|home|root|tmp|Users|usr|var)\//);
    expect(text).not.toMatch(/\b(?:Bearer|Basic) [A-Za-z0-9]/);
  },
);

describe.each(RECORDINGS)('$name', ({ name, scenario, verdict, check, anomaly }) => {
  const judged = recheck(join(CORPUS, name));

  test('is judged as it was when it was recorded', async () => {
    const { changes } = await judged;
    const { recorded, now, gone, added } = changes;
    expect({ ...now, added }).toEqual({ ...recorded, added: [] });
    expect(gone).toEqual([]);
  });

  test('is judged as it must be', async () => {
    const { bundle, now } = await judged;
    expect(bundle.recorded.scenario).toBe(scenario);
    expect(now.verdict, now.reason).toBe(verdict);
    const convicting = now.findings.filter(
      (one) => one.check === check && (anomaly === undefined || one.anomaly === anomaly),
    );
    expect(convicting.length > 0, `${check ?? 'no check'} ${anomaly ?? ''}`).toBe(
      verdict === 'fail',
    );
  });

  test('is convicted by the answers alone only if it is guilty', async () => {
    const { now } = await recheck(join(CORPUS, name), { withoutLedger: true });
    expect(verdict === 'fail' ? [] : now.findings).toEqual([]);
    expect(now.ownError).toBeUndefined();
    const applied = now.checks.find(({ id }) => id === 'applied-once');
    expect(applied).toMatchObject({
      verdict: 'not-applicable',
      reason: expect.stringMatching(/^no ledger/),
    });
  });
});
