import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBundle } from './read-bundle.ts';
import { checksNamed } from './recheck.ts';
import { redactorOf } from '../report/redact.ts';
import type { Bundle } from './bundle.ts';
import { bundleForTest, recordedForTest } from './recorded-for-test.ts';
import { writeBundle } from './write-bundle.ts';
import { Story } from '../checks/story-for-test.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'bundles-'));
});
afterEach(() => rm(parent, { recursive: true }));

const asIs = redactorOf([]);

function bundle(increments: number) {
  const story = new Story();
  story.connect('alice/1').increment(increments, { payload: { said: 'top-secret' } });
  return bundleForTest(recordedForTest(story), checksNamed(['own-counter']));
}

test('nothing that is written holds a secret', async () => {
  const directory = join(parent, 'b');
  const told = bundle(3);
  const { provenance, targetLog, judged } = told;
  const leaky: Bundle = {
    ...told,
    provenance: { ...provenance, command: 'run --header "X: top-secret"' },
    targetLog: [...targetLog, 'got top-secret', 'Bearer', 'eyJhbGci'],
    judged: { ...judged, reason: 'top-secret' },
  };
  await writeBundle(directory, leaky, redactorOf(['top-secret']));
  const files = (await readdir(directory)).toSorted((a, b) => a.localeCompare(b));
  expect(files).toEqual([
    'findings.json',
    'history.jsonl',
    'ledger.jsonl',
    'manifest.json',
    'receipts.json',
    'target.log',
  ]);
  for (const name of files) {
    expect(await readFile(join(directory, name), 'utf8')).not.toMatch(/top-secret|eyJhbGci/);
  }
  const read = await readBundle(directory);
  expect(JSON.stringify(read.recorded.events)).toContain('[redacted]');
  expect(read.targetLog.slice(-2)).toEqual(['got [redacted]', 'Bearer [redacted]']);
});

test('takes the place of an older one as a whole, and leaves nothing beside it', async () => {
  const directory = join(parent, 'b');
  await writeBundle(directory, bundle(5), asIs);
  await writeFile(join(directory, 'schedule.json'), '{}');
  await writeBundle(directory, bundle(2), asIs);
  expect((await readBundle(directory)).recorded.issued.ops).toBe(4);
  expect(await readdir(directory)).not.toContain('schedule.json');
  expect(await readdir(parent)).toEqual(['b']);
});

/** Fails when the manifest is made, which is last. */
const UNWRITABLE = {
  toJSON(): never {
    throw new Error('disk full');
  },
} as unknown as string;

test('shows nothing under its name before it is whole, and keeps the older one if it fails', async () => {
  const directory = join(parent, 'b');
  await writeBundle(directory, bundle(5), asIs);
  const failing = writeBundle(directory, { ...bundle(2), parent: UNWRITABLE }, asIs);
  await expect(failing).rejects.toThrow('disk full');
  expect((await readBundle(directory)).recorded.issued.ops).toBe(7);
  expect(await readdir(parent)).toEqual(['b']);
});

test('what a killed writer left behind is no bundle, and is cleared away by the next', async () => {
  const directory = join(parent, 'b');
  const left = join(parent, `.b.${process.pid}.new`);
  await mkdir(left);
  await writeFile(join(left, 'schedule.json'), '{}');
  await expect(readBundle(left)).rejects.toThrow('is no bundle: manifest.json cannot be read');
  await writeBundle(directory, bundle(1), asIs);
  expect(await readdir(parent)).toEqual(['b']);
  expect(await readdir(directory)).not.toContain('schedule.json');
});

test('says in its manifest where it was recorded and what it was convicted of', async () => {
  const story = new Story();
  story.connect('alice/1').increment(3).increment(1, { applied: 2 });
  const guilty = bundleForTest(recordedForTest(story), checksNamed(['own-counter']));
  const directory = join(parent, 'b');
  await writeBundle(directory, guilty, asIs);
  const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as unknown;
  expect(manifest).toMatchObject({
    schema: 2,
    provenance: { environment: { cpus: { count: 2 } } },
    signature: [expect.stringMatching(/^applied-once/), expect.stringMatching(/^own-counter/)],
    lines: { log: 2 },
  });
});
