import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBundle } from './read-bundle.ts';
import { checksNamed, recheck } from './recheck.ts';
import { bundleForTest, recordedForTest } from './recorded-for-test.ts';
import type { Recorded } from './recorded.ts';
import { writeBundle } from './write-bundle.ts';
import { broken } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import { UsageError } from '../errors.ts';
import { redactorOf } from '../report/redact.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bundle-'));
});
afterEach(() => rm(directory, { recursive: true }));

function told(isGuilty: boolean, about: Partial<Recorded> = {}): Recorded {
  const story = new Story();
  story.connect('alice/1').increment(9).call('hang', { outcome: null });
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + 10 });
  const bob = story.connect('bob/1').get({ outcome: broken('top-secret "quoted"') });
  story.wait(100);
  if (isGuilty) bob.increment(1, { applied: 2 });
  bob.increment(3, { payload: { said: 'top-secret' } });
  return recordedForTest(story, about);
}

async function write(recorded: Recorded) {
  const bundle = bundleForTest(recorded, checksNamed(recorded.checks));
  await writeBundle(directory, bundle, redactorOf([]));
  return bundle;
}

async function damage(name: string, change: (text: string) => string): Promise<void> {
  const file = join(directory, name);
  await writeFile(file, change(await readFile(file, 'utf8')));
}

async function complaint(): Promise<string> {
  const error: unknown = await readBundle(directory).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(UsageError);
  return error instanceof Error ? error.message.replaceAll(directory, 'DIR') : '';
}

const FILES = [
  'manifest.json',
  'history.jsonl',
  'ledger.jsonl',
  'receipts.json',
  'findings.json',
  'target.log',
];

const TROUBLE = { message: 'late', exitCode: 2, voidsFindings: false } as const;

test.each([
  ['innocent', told(false)],
  ['guilty', told(true)],
  ['troubled', told(false, { trouble: TROUBLE })],
  ['unbounded', told(false, { claims: { ...DEFAULT_CLAIMS, shutdownMs: Infinity } })],
])('an %s run is read as it was written, and judged the same', async (_, recorded) => {
  const bundle = await write(recorded);
  const read = await readBundle(directory);
  expect(read.recorded).toEqual(bundle.recorded);
  expect(read.provenance).toEqual(bundle.provenance);
  expect(read.targetLog).toEqual(bundle.targetLog);
  const { now, changes } = await recheck(directory);
  expect(now).toEqual(bundle.judged);
  expect(changes.isChanged).toBe(false);
});

test('a verdict that is not the one recorded is noticed', async () => {
  await write(told(true));
  await damage('findings.json', (text) => text.replaceAll('"fail"', '"pass"'));
  expect((await recheck(directory)).changes).toMatchObject({
    isChanged: true,
    recorded: { verdict: 'pass' },
    now: { verdict: 'fail' },
  });
});

test.each(FILES)('a bundle without %s is damaged', async (name) => {
  await write(told(false));
  await rm(join(directory, name));
  expect(await complaint()).toBe(`the bundle DIR is damaged: ${name}: it is missing`);
});

test.each(['manifest.json', 'receipts.json', 'findings.json'])(
  'half of %s is damage',
  async (name) => {
    await write(told(false));
    await damage(name, (text) => text.slice(0, text.length / 2));
    expect(await complaint()).toBe(`the bundle DIR is damaged: ${name}: not JSON`);
  },
);

test.each(['history.jsonl', 'ledger.jsonl'])(
  '%s says which line is damaged, and how',
  async (name) => {
    await write(told(false));
    const whole = await readFile(join(directory, name), 'utf8');
    const count = whole.split('\n').length - 1;
    const broke = async (change: (text: string) => string): Promise<string> => {
      await writeFile(join(directory, name), change(whole));
      return (await complaint()).replace(`the bundle DIR is damaged: ${name}: `, '');
    };
    expect(await broke((text) => text.slice(0, -10))).toBe('its last line is cut off');
    expect(await broke((text) => text.slice(0, -1))).toBe('its last line is cut off');
    const short = whole.slice(0, whole.lastIndexOf('\n', whole.length - 2) + 1);
    expect(await broke(() => short)).toBe(`it has ${count - 1} lines, and ${count} were written`);
    expect(await broke((text) => `${text}${text}`)).toMatch(/lines, and \d+ were written/);
    expect(await broke((text) => text.replace('\n', 'x\n'))).toBe('line 1 is not JSON');
    expect(await broke((text) => text.replace(/\n.*\n/, '\nnull\n'))).toMatch(
      /^line 2: .*expected/,
    );
    expect(await broke((text) => text.replace('"atMs"', '"at"'))).toMatch(/^line 1: .*atMs/);
  },
);

test.each([
  ['receipts.json', '{}'],
  ['receipts.json', '[null]'],
  ['findings.json', '{"verdict":"pass"}'],
  ['findings.json', '[]'],
])('%s with %s in it is damage', async (name, text) => {
  await write(told(false));
  await damage(name, () => text);
  expect(await complaint()).toMatch(new RegExp(`^the bundle DIR is damaged: ${name}: .*expected`));
});

test('a manifest of another schema asks for the version that wrote it', async () => {
  await write(told(false));
  await damage('manifest.json', (text) => text.replace('"schema": 2', '"schema": 7'));
  expect(await complaint()).toBe(
    'the bundle DIR has schema 7, and this version reads schemas 1 and 2: use the version that wrote it',
  );
});

test.each([
  ['null', /^the bundle DIR is damaged: manifest\.json: .*expected object, received null/],
  ['[]', /^the bundle DIR is damaged: manifest\.json: .*expected object, received array/],
  ['{}', /damaged: manifest\.json: .*expected number, received undefined → at schema/],
  ['{"schema":"1"}', /damaged: manifest\.json: .*expected number, received string → at schema/],
])('a manifest with %s in it is damage', async (text, message) => {
  await write(told(false));
  await damage('manifest.json', () => text);
  expect(await complaint()).toMatch(message);
});

test.each(FILES)('a %s that is no regular file is refused, not waited for', async (name) => {
  await write(told(false));
  const file = join(directory, name);
  const refusal = `the bundle DIR is damaged: ${name}: it is not a regular file`;
  await rm(file);
  await promisify(execFile)('mkfifo', [file]);
  expect(await complaint()).toBe(refusal);
  await rm(file);
  await symlink('/dev/zero', file);
  expect(await complaint()).toBe(refusal);
  await rm(file);
  await mkdir(file);
  expect(await complaint()).toBe(refusal);
});

test('a file that is a link to a regular one is read', async () => {
  await write(told(false));
  await rename(join(directory, 'ledger.jsonl'), join(directory, 'elsewhere'));
  await symlink('elsewhere', join(directory, 'ledger.jsonl'));
  expect((await recheck(directory)).changes.isChanged).toBe(false);
});

test('a manifest that lacks something names it', async () => {
  await write(told(false));
  await damage('manifest.json', (text) => text.replace('"operationsMin"', '"operations"'));
  expect(await complaint()).toMatch(/damaged: manifest\.json: .*operationsMin/);
});

test('a check that no longer exists is named', async () => {
  const bundle = bundleForTest(told(false), checksNamed(['own-counter']));
  const recorded = { ...bundle.recorded, checks: ['own-counter', 'of-old'] };
  await writeBundle(directory, { ...bundle, recorded }, redactorOf([]));
  await expect(recheck(directory)).rejects.toThrow(
    new UsageError(
      `the bundle ${directory} names the check "of-old", and this version has none of that name: use the version that wrote it, 1.2.3`,
    ),
  );
});

test('an empty history is no damage', async () => {
  const recorded = recordedForTest(new Story());
  await write(recorded);
  expect((await readBundle(directory)).recorded).toEqual(recorded);
});

test('a log that lost lines is damage', async () => {
  await write(told(false));
  await damage('target.log', () => '');
  expect(await complaint()).toBe(
    'the bundle DIR is damaged: target.log: it has 0 lines, and 2 were written',
  );
});

test('a receipt that is missing is damage', async () => {
  await write(told(false));
  await damage('receipts.json', () => '[]');
  expect(await complaint()).toBe(
    'the bundle DIR is damaged: receipts.json: it has 0 receipts, and 2 were written',
  );
});

test('what was generated, and how often it showed itself again, comes back', async () => {
  const schedule: Schedule = {
    sessions: [{ user: 0 }],
    upstreams: 1,
    operations: [{ session: 0, upstream: 0, kind: 'get', gapMs: 0, executionMs: 0 }],
    faults: [],
  };
  const more = {
    schedule,
    reproduction: { attempts: 10, failures: 3, wilson95: [0.1, 0.6] },
    parent: 'storm.7',
  } as const;
  const recorded = told(false);
  await writeBundle(
    directory,
    { ...bundleForTest(recorded, checksNamed([])), ...more },
    redactorOf([]),
  );
  expect(await readBundle(directory)).toMatchObject(more);
  await damage('schedule.json', (text) => text.replace('"session": 0', '"session": 5'));
  expect(await complaint()).toMatch(
    /schedule\.json cannot be used: .*names session 5, and there are 1/,
  );
  await rm(join(directory, 'schedule.json'));
  expect(await complaint()).toBe('the bundle DIR is damaged: schedule.json: it is missing');
});

test('a bundle of schema 1 is read, and judged the same', async () => {
  const { judged } = await write(told(true));
  await damage('manifest.json', (text) => {
    const { signature: _, hasSchedule: __, lines, ...rest } = JSON.parse(text) as ManifestText;
    const { log: ___, ...counted } = lines;
    return JSON.stringify({ ...rest, schema: 1, lines: counted });
  });
  const { now, changes } = await recheck(directory);
  expect([now, changes.isChanged]).toEqual([judged, false]);
});

test.each([
  [true, ['upstreams', 'shutdownMs']],
  [false, []],
])('schema 1 as it began, with claims declared: %s, is read', async (declared, names) => {
  const { judged } = await write(
    told(true, { claims: { ...DEFAULT_CLAIMS, upstreams: 'many', shutdownMs: 3_000 } }),
  );
  const asDeclared = (schema: number): Promise<void> =>
    damage('manifest.json', (text) => {
      const { claims, ...rest } = JSON.parse(text) as { readonly claims: object };
      return JSON.stringify({ ...rest, schema, claims: { ...claims, declared } });
    });
  await asDeclared(1);
  const { bundle, now } = await recheck(directory);
  expect(bundle.recorded.claims.declared).toEqual(names);
  expect(now.verdict).toBe(judged.verdict);
  await asDeclared(2);
  expect(await complaint()).toMatch(/damaged: manifest\.json: .*expected array, received boolean/);
});

test('schema 1 from before lines were counted is called old, and not damaged', async () => {
  await write(told(true));
  await damage('manifest.json', (text) => {
    const { lines: _, ...rest } = JSON.parse(text) as ManifestText;
    return JSON.stringify({ ...rest, schema: 1 });
  });
  expect(await complaint()).toBe(
    'the bundle DIR is of an early kind of schema 1, which did not count its lines, and cannot be read: use the version that wrote it',
  );
  await damage('manifest.json', (text) => text.replace('"schema":1', '"schema":2'));
  expect(await complaint()).toMatch(/is damaged: manifest\.json: .* at lines$/);
});

interface ManifestText {
  readonly signature: unknown;
  readonly hasSchedule: unknown;
  readonly lines: Readonly<Record<string, number>>;
}

test('a history in an order that cannot have been is damage', async () => {
  await write(told(false));
  await damage('history.jsonl', (text) => {
    const [first = '', second = '', ...rest] = text.split('\n');
    return [second, first, ...rest].join('\n');
  });
  expect(await complaint()).toMatch(/damaged: history\.jsonl: line \d+: /);
});
