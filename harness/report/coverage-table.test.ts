import { expect, test } from 'vitest';
import { coverageTable } from './coverage-table.ts';

test('tells of every fault, phase and kind of operation whether they met, and how often', () => {
  const lines = coverageTable({
    cells: [
      { fault: 'kill', operation: 'get', phase: 'idle', schedules: 2 },
      { fault: 'kill', operation: 'delete', phase: 'idle', schedules: 15 },
      { fault: 'kill', operation: 'progress', phase: 'streaming', schedules: 1 },
      // A quick call that a slow answer kept in flight.
      { fault: 'latency', operation: 'get', phase: 'executing', schedules: 3 },
    ],
    missing: [],
  }).split('\n');
  const cellsOf = (fault: string): readonly string[] =>
    (lines.find((line) => line.includes(` ${fault} `)) ?? '')
      .split('│')
      .map((cell) => cell.trim())
      .filter((cell) => cell !== '');
  expect(cellsOf('kill')).toEqual([
    'kill',
    'g·······d 17',
    '········· 0',
    '······ 0',
    'p 1',
    '········· 0',
  ]);
  expect(cellsOf('latency')[3]).toBe('g····· 3');
  expect(cellsOf('down').slice(1, 3)).toEqual(['········· 0', '········· 0']);
  expect(lines.at(-1)).toMatch(/^g get, .*, d delete, · not met$/);
});
