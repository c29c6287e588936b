import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReportFiles } from './report-files.ts';
import { Reporting } from './reporting.ts';
import { coloursFor } from '../report/colours.ts';
import { resultForTest, runForTest } from '../report/result-for-test.ts';
import { CONTROL_PLAN } from '../run/control-plan.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'reporting-'));
});
afterEach(() => rm(out, { recursive: true }));

test.each([
  [0, 4],
  [1, 1],
  [2, 4],
])('a report that cannot be written hides no verdict: %i becomes %i', async (code, told) => {
  const said: string[] = [];
  const terminal = {
    colours: coloursFor({ isTTY: false }, {}),
    environment: {},
    write: (text: string) => void said.push(text),
    complain: () => undefined,
    exitCode: 0,
  };
  const files = await ReportFiles.prepare({ out }, {});
  await mkdir(join(out, 'report.json'));
  const undertaking = { plan: CONTROL_PLAN, seed: 1, command: 'run', out };
  const reporting = new Reporting(undertaking, files, terminal);
  const run = { ...runForTest([resultForTest()]), exitCode: code };
  expect(await reporting.conclude({ run })).toBe(told);
  const text = said.join('');
  expect(text).toMatch(/report\.json cannot be written: EISDIR; make room there, or say another/);
  expect(text).toMatch(new RegExp(`exit code ${told}\\n`));
  expect(text).toMatch(/^report: \S*summary\.md, \S*junit\.xml$/m);
  expect((await readdir(out)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
