import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findingForTest, resultForTest } from '../report/result-for-test.ts';
import type { ScenarioResult } from '../run/result.ts';
import { keepByCatch } from './by-catch.ts';
import { StepsFolder } from './steps-folder.ts';
import { symptomOf } from './symptom.ts';

const looked = findingForTest({ message: 'broke' });
const other = findingForTest({ message: 'leaked' });
let out: string;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'by-catch-'));
});

afterEach(async () => {
  await rm(out, { recursive: true });
});

async function results(steps: StepsFolder): Promise<readonly ScenarioResult[]> {
  const all = { clean: [], looked: [looked, other], other: [other] };
  return Promise.all(
    Object.entries(all).map(async ([name, findings]) => {
      const bundle = join(steps.path, name);
      await mkdir(bundle);
      await writeFile(join(bundle, 'manifest.json'), name);
      return resultForTest({ findings, bundle });
    }),
  );
}

test('of the steps only what was convicted of something else is left', async () => {
  {
    await using steps = await StepsFolder.in(out);
    const kept = await keepByCatch(out, await results(steps), symptomOf(looked));
    expect(kept).toEqual([join(out, 'by-catch', 'other')]);
  }
  expect((await readdir(out, { recursive: true })).sort()).toEqual([
    'by-catch',
    'by-catch/other',
    'by-catch/other/manifest.json',
  ]);
});

test('where nothing is kept, whatever was convicted is', async () => {
  await using steps = await StepsFolder.in(out);
  const kept = await keepByCatch(out, await results(steps), undefined);
  expect(kept).toEqual([join(out, 'by-catch', 'looked'), join(out, 'by-catch', 'other')]);
});

test('without any there is no folder', async () => {
  {
    await using steps = await StepsFolder.in(out);
    const [clean] = await results(steps);
    expect(await keepByCatch(out, clean === undefined ? [] : [clean], undefined)).toEqual([]);
  }
  expect(await readdir(out)).toEqual([]);
});
