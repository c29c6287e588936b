import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { broken } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import { UsageError } from '../errors.ts';
import { redactorOf } from '../report/redact.ts';
import { checksNamed, recheck } from './recheck.ts';
import { bundleForTest, recordedForTest } from './recorded-for-test.ts';
import { writeBundle } from './write-bundle.ts';

const FILES = [
  'manifest.json',
  'history.jsonl',
  'ledger.jsonl',
  'receipts.json',
  'findings.json',
] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'damage-'));
  const story = new Story();
  const alice = story.connect('alice/1').increment(3).call('break').call('hang');
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + 20 });
  alice.get({ outcome: broken() });
  story.wait(100).connect('bob/1').increment(2, { applied: 2 }).delete();
  const recorded = recordedForTest(story, {
    checks: ['own-counter', 'works-afterwards', 'clear-error-soon', 'delete-ends-session'],
  });
  await writeBundle(
    join(folder, 'whole'),
    bundleForTest(recorded, checksNamed(recorded.checks)),
    redactorOf([]),
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** One value somewhere inside is taken away or replaced. */
function spoil(value: unknown, pick: (count: number) => number, by: unknown): unknown {
  if (typeof value !== 'object' || value === null) return by;
  const keys = Object.keys(value);
  const key = keys[pick(Math.max(1, keys.length))];
  if (key === undefined) return by;
  const inner = (value as Record<string, unknown>)[key];
  const spoilt = pick(3) === 0 ? by : spoil(inner, pick, by);
  if (Array.isArray(value)) return value.with(Number(key), spoilt) as unknown;
  const { [key]: _gone, ...rest } = value as Record<string, unknown>;
  return spoilt === undefined ? rest : { ...rest, [key]: spoilt };
}

test('whatever is damaged, a bundle is judged or refused in a sentence', async () => {
  const change = fc.record({
    file: fc.constantFrom(...FILES),
    line: fc.nat(999),
    picks: fc.infiniteStream(fc.nat(999)),
    by: fc.constantFrom(undefined, null, 'x', -1, 1e9, true, [], {}, [null]),
  });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(change, async ({ file, line, picks, by }) => {
      const directory = join(folder, 'spoilt');
      await rm(directory, { recursive: true, force: true });
      await cp(join(folder, 'whole'), directory, { recursive: true });
      const text = await readFile(join(directory, file), 'utf8');
      const pick = (count: number): number => (picks.next().value ?? 0) % count;
      const spoilt = (json: string): string =>
        JSON.stringify(spoil(JSON.parse(json), pick, by) ?? null);
      const lines = text.split('\n').slice(0, -1);
      const at = line % lines.length;
      const damaged = file.endsWith('.jsonl')
        ? lines.with(at, spoilt(lines[at] ?? '')).join('\n')
        : spoilt(text);
      await writeFile(join(directory, file), `${damaged}\n`);
      const error: unknown = await recheck(directory).then(
        ({ now }) => (now.ownError === true ? new Error(now.reason) : undefined),
        (cause: unknown) => cause,
      );
      if (error === undefined) return;
      expect(error).toBeInstanceOf(UsageError);
      refused += 1;
    }),
    { numRuns: 300, seed: 11 },
  );
  expect(refused).toBeGreaterThan(50);
});
