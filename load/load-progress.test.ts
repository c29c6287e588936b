import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { GrowingCount } from './load-progress.ts';

it('counts whole lines of a growing file once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'growing-'));
  const file = join(folder, 'lines');
  const count = new GrowingCount(file, '"error"');
  const reads = [await count.read()];
  await appendFile(file, '{"error"}\n{"user"}\n{"err');
  reads.push(await count.read());
  await appendFile(file, 'or"}\n{"error"}\n');
  reads.push(await count.read(), await count.read());
  await rm(folder, { recursive: true });
  expect(reads).toEqual([0, 1, 3, 3]);
});
