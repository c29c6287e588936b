/** The benchmark from beginning to end, too short for its numbers to mean anything. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { programFile } from '../../harness/paths.ts';
import { EXIT } from '../../harness/report/exit-codes.ts';
import { CONTENDERS } from './contenders.ts';
import type { BenchResult } from './result.ts';
import { findSystemTools } from './system-tool.ts';

const run = promisify(execFile);
const MAIN = programFile('load/bench/main');
/** Half a minute, where nothing else runs. */
const TIMEOUT_MS = 180_000;
const missing = await findSystemTools().then(
  () => '',
  (error: Error) => ` (not run: ${error.message})`,
);

it.skipIf(missing !== '')(
  `measures every contender under every load, and writes both files${missing}`,
  async () => {
    const out = await mkdtemp(join(tmpdir(), 'gauntlet-bench-test-'));
    try {
      await run(process.execPath, [MAIN, '--quick', '--out', out], { timeout: TIMEOUT_MS });
      const text = await readFile(join(out, 'performance.json'), 'utf8');
      const { speed, idle, growth, profile, bars } = JSON.parse(text) as BenchResult;
      expect(speed.map(({ contender, answers }) => `${contender} ${answers}`).sort()).toEqual(
        CONTENDERS.flatMap(({ name }) => [`${name} json`, `${name} sse`]).sort(),
      );
      expect(speed.filter(({ median }) => !(median.requests > 0))).toEqual([]);
      expect(idle).toHaveLength(8);
      expect(growth.calls).toBeGreaterThan(1_000);
      expect(profile.areas.map(([area]) => area)).toContain('the gateway itself');
      expect(bars.every(({ value }) => Number.isFinite(value))).toBe(true);
      const page = await readFile(join(out, 'performance.md'), 'utf8');
      for (const { title } of CONTENDERS) expect(page).toContain(title);
    } finally {
      await rm(out, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);

it('says in one sentence how to get what is missing', async () => {
  const env = { ...process.env, PATH: '/nowhere' };
  await expect(run(process.execPath, [MAIN, '--quick'], { env })).rejects.toMatchObject({
    code: EXIT.ownError,
    stderr: expect.stringMatching(/^bench: [^\n]*wrk[^\n]*apt-get install nginx wrk[^\n]*\n$/),
  });
});

it('refuses a flag that it does not know', async () => {
  await expect(run(process.execPath, [MAIN, '--fast'])).rejects.toMatchObject({
    code: EXIT.usage,
    stderr: expect.stringContaining('--quick'),
  });
});
