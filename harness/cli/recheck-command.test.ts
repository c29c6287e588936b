import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommandLine } from './run-command-line.ts';
import { Story } from '../checks/story-for-test.ts';
import { coloursFor } from '../report/colours.ts';
import { packageRoot } from '../paths.ts';
import { redactorOf } from '../report/redact.ts';
import { checksNamed } from '../run/recheck.ts';
import { bundleForTest, recordedForTest } from '../run/recorded-for-test.ts';
import { writeBundle } from '../run/write-bundle.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recheck-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function bundle(name: string, isGuilty: boolean): Promise<string> {
  const story = new Story();
  const alice = story.connect('alice/1').increment(8);
  if (isGuilty) alice.increment(1, { applied: 2 });
  const recorded = recordedForTest(story);
  const directory = join(folder, name);
  await writeBundle(
    directory,
    bundleForTest(recorded, checksNamed(recorded.checks)),
    redactorOf([]),
  );
  return directory;
}

async function damage(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(folder, file), change(await readFile(join(folder, file), 'utf8')));
}

async function recheck(...words: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const exitCode = await runCommandLine(['recheck', ...words], {
    colours: coloursFor({ isTTY: false }, {}),
    environment: {},
    write: (text) => void out.push(text),
    complain: (text) => void err.push(text),
    exitCode: 0,
  });
  const tidy = (texts: readonly string[]): string => texts.join('').replaceAll(folder, 'DIR');
  return { exitCode, out: tidy(out), err: tidy(err) };
}

test('one bundle is told in full, and its verdict is the exit code', async () => {
  const innocent = await recheck(await bundle('good', false));
  expect(innocent).toMatchObject({ exitCode: 0, err: '' });
  expect(innocent.out).toContain('judged again: pass, the same');
  const guilty = await recheck(await bundle('bad', true));
  expect(guilty.exitCode).toBe(1);
  expect(guilty.out).toMatch(/judged again: fail, the same[^]*applied-once[^]*evidence:/);
});

test('leaves the ledger aside if asked, and says what the answers alone do not show', async () => {
  const guilty = await recheck('--no-ledger', await bundle('bad', true));
  expect(guilty.exitCode).toBe(1);
  expect(guilty.out).toMatch(/no longer fires: applied-once\n[^]*own-counter/);
  const innocent = await recheck('--no-ledger', await bundle('good', false));
  expect(innocent).toMatchObject({ exitCode: 0, err: '' });
});

test.each([[[]], [['--json']]])(
  'where a check of the scenario itself needs the ledger, nothing is proven without, and it is named: %o',
  async (options) => {
    const guilty = join(packageRoot, 'test/corpus/delete-not-forwarded');
    const { exitCode, out } = await recheck('--no-ledger', ...options, guilty);
    expect(exitCode).toBe(2);
    expect(out).toMatch(/delete-ends-session could not be judged: no ledger says/);
    expect(out).toMatch(/not ?[aA]pplicable[^]*applied-once[^]*no ledger says/);
  },
);

test('one whose receipts are wrong in shape keeps none of the others from being judged', async () => {
  await bundle('bad', true);
  const storm = await bundle('good', false);
  const aimed = { id: 'f1', kind: 'down', upstream: 'counter', requestedAtMs: 1, seen: [] };
  await damage('good/receipts.json', () => JSON.stringify([{ ...aimed, aim: null }]));
  await damage('good/manifest.json', (text) => text.replace('"receipts": 0', '"receipts": 1'));
  const { exitCode, out, err } = await recheck(storm, join(folder, 'bad'));
  expect(exitCode).toBe(1);
  expect(err).toMatch(/^error: the bundle DIR\/good is damaged: receipts\.json: .*aim/);
  expect(out).toMatch(/^same {4}DIR\/bad: fail/);
});

test.each(['1e300', '-7.5', '1.5'])('a manifest with the seed %s is damaged', async (seed) => {
  const directory = await bundle('good', false);
  await damage('good/manifest.json', (text) => text.replace('"seed": 42', `"seed": ${seed}`));
  const { exitCode, err } = await recheck(directory);
  expect(exitCode).toBe(64);
  expect(err).toMatch(/damaged: manifest\.json: .*seed/);
});

test('a ledger with a line twice is damaged, and convicts nobody', async () => {
  const directory = await bundle('good', false);
  await damage('good/ledger.jsonl', (text) => text.replace(/(.*"kind":"apply".*\n)/, '$1$1'));
  await damage('good/manifest.json', (text) =>
    text.replace(/"ledger": (\d+)/, (_, count: string) => `"ledger": ${Number(count) + 1}`),
  );
  const { exitCode, err } = await recheck(directory);
  expect(exitCode).toBe(64);
  expect(err).toMatch(/damaged: ledger\.jsonl: line \d+: counter#\S+ stands behind counter#/);
});

test('a bundle that says that there was no ledger is judged by the answers alone', async () => {
  const directory = await bundle('bad', true);
  await damage('bad/manifest.json', (text) => text.replace('{', '{"hasNoLedger": true,'));
  const { exitCode, out } = await recheck(directory);
  expect(exitCode).toBe(1);
  expect(out).toContain('no longer fires: applied-once');
});

test('says what is judged otherwise: the verdict, the checks, the findings', async () => {
  const directory = await bundle('bad', true);
  await damage('bad/findings.json', (text) => {
    const judged = JSON.parse(text) as object;
    return JSON.stringify({ ...judged, verdict: 'pass', findings: [] });
  });
  const { exitCode, out } = await recheck(directory);
  expect(exitCode).toBe(1);
  expect(out).toContain('judged again: fail, not what was recorded');
  expect(out).toContain('verdict: pass then, fail now');
  expect(out).toMatch(/fires now: applied-once/);
  expect(out).toMatch(/new: applied-once DUPLICATE: .*\(h\d+/);
});

test('a folder of bundles is judged bundle by bundle, and the worst is the exit code', async () => {
  await bundle('bad', true);
  await bundle('good', false);
  await bundle('worse', true);
  await damage('good/findings.json', (text) => text.replaceAll('"pass"', '"inconclusive"'));
  const { exitCode, out, err } = await recheck(folder);
  expect([exitCode, err]).toEqual([1, '']);
  expect(out.split('\n')).toEqual([
    expect.stringMatching(/^same {4}DIR\/bad: fail by applied-once/),
    'CHANGED DIR/good: inconclusive → pass',
    '        verdict: inconclusive then, pass now',
    expect.stringMatching(/^same {4}DIR\/worse: fail by applied-once/),
    '3 bundles: 2 judged the same, 1 otherwise, 0 not readable; exit code 1',
    '',
  ]);
});

test('one that cannot be read keeps none of the others from being judged', async () => {
  await bundle('cut', false);
  await bundle('good', false);
  await damage('cut/history.jsonl', (text) => text.slice(0, -20));
  const { exitCode, out, err } = await recheck(folder);
  expect(exitCode).toBe(64);
  expect(err).toBe(
    'error: the bundle DIR/cut is damaged: history.jsonl: its last line is cut off\n',
  );
  expect(out).toContain('same    DIR/good: pass\n');
  expect(out).toContain('1 judged the same, 0 otherwise, 1 not readable; exit code 64');
});

test('one that cannot be read hides no violation that another proves', async () => {
  await bundle('bad', true);
  await bundle('cut', false);
  await damage('cut/history.jsonl', (text) => text.slice(0, -20));
  const { exitCode, out, err } = await recheck(join(folder, 'cut'), join(folder, 'bad'));
  expect(exitCode).toBe(1);
  expect(err).toMatch(/^error: the bundle DIR\/cut is damaged: /);
  expect(out).toMatch(/^same {4}DIR\/bad: fail by applied-once/);
  expect(out).toContain('1 judged the same, 0 otherwise, 1 not readable; exit code 1');
});

test('a folder that holds no bundle keeps none of the others from being judged either', async () => {
  const { exitCode, out, err } = await recheck('nowhere', await bundle('good', false));
  expect(exitCode).toBe(64);
  expect(err).toMatch(/^error: nowhere is no bundle and holds none: .*\n$/);
  expect(out).toContain('same    DIR/good: pass\n');
});

test('one by itself that cannot be read is a sentence and nothing else', async () => {
  const directory = await bundle('new', false);
  await damage('new/manifest.json', (text) => text.replace('"schema": 2', '"schema": 3'));
  expect(await recheck(directory)).toEqual({
    exitCode: 64,
    out: '',
    err: 'error: the bundle DIR/new has schema 3, and this version reads schemas 1 and 2: use the version that wrote it\n',
  });
});

test('--json has the same for machines', async () => {
  await bundle('bad', true);
  await bundle('cut', false);
  await bundle('good', false);
  await rm(join(folder, 'cut', 'manifest.json'));
  await damage('good/findings.json', (text) => text.replaceAll('"pass"', '"inconclusive"'));
  const { exitCode, out } = await recheck(folder, '--json');
  const document = JSON.parse(out) as unknown;
  expect(exitCode).toBe(1);
  expect(document).toMatchObject({
    bundles: [
      { bundle: 'DIR/bad', isChanged: false, now: { verdict: 'fail' }, exitCode: 1 },
      { bundle: 'DIR/cut', error: 'the bundle DIR/cut is damaged: manifest.json: it is missing' },
      {
        bundle: 'DIR/good',
        isChanged: true,
        recorded: { verdict: 'inconclusive', fired: [] },
        now: { verdict: 'pass', fired: [] },
        gone: [],
        added: [],
      },
    ],
    totals: { bundles: 3, same: 1, changed: 1, unreadable: 1 },
    exitCode: 1,
  });
});
