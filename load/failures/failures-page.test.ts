import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dataFile } from '../../harness/paths.ts';
import { failuresPage, type Row } from './failures-page.ts';
import { UPSTREAM_FAILURES } from './upstream-failures.ts';
import type { Measured } from './victim.ts';

const MEASURED: Measured = {
  ending: { kind: 'error', reason: 'broken', maybeApplied: true },
  text: 'Upstream "struck": cut | off; maybe',
  ms: 3.14,
  applied: 1,
  outcomes: 1,
  afterwards: 'goes on',
  siblingError: undefined,
  sessionId: '',
};
const ABOUT = { version: '1', date: '2026-01-01', machine: 'one', neighbours: 50, lagMaxMs: 2 };

function rowsOf(...measured: readonly Measured[]): readonly string[] {
  const [failure] = Object.values(UPSTREAM_FAILURES).flat();
  if (failure === undefined) throw new Error('there is no failure');
  const collateral = { calls: 7, errors: ['one'], slowestMs: 1 };
  const row: Row = { failure, measured, collateral, broken: [] };
  return failuresPage([row], ABOUT)
    .split('\n')
    .filter((line) => line.startsWith('| res'));
}

it('shows what was measured, once where it was the same for all', () => {
  expect(rowsOf(MEASURED, { ...MEASURED, ms: 40.2 }, { ...MEASURED, ms: 12 })).toEqual([
    '| resets the connection instead of answering ¹ | `broken`: cut \\| off; maybe | 12 / 40 | once | 1 of 7 | goes on |',
  ]);
});

it('hides nothing that was different', () => {
  const odd = { ...MEASURED, applied: 2, ending: { kind: 'unclear' as const } };
  const [row] = rowsOf(MEASURED, odd);
  expect(row).toContain('; **unclear**: cut');
  expect(row).toContain('| once; 2 times |');
});

it('is committed with a row for every failure that there is, and no other', () => {
  const page = readFileSync(dataFile('docs/failures.md'), 'utf8');
  const first = page.matchAll(/^\| ([^|]+?)(?: ¹)? +\|/gm);
  const rows = [...first]
    .map(([, what]) => what)
    .filter((what) => !/^(?:-+|the .*…)$/.test(what ?? ''));
  const failures = Object.values(UPSTREAM_FAILURES).flat();
  expect(rows).toEqual(failures.map(({ what }) => what));
});
