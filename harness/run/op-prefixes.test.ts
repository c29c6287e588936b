import { expect, test } from 'vitest';
import { Story } from '../checks/story-for-test.ts';
import { OpPrefixes } from './op-prefixes.ts';

const base = { seq: 0, atMs: 1, epoch: 'e1', upstream: 'counter', session: 's1' } as const;
const apply = (opId: string) => ({ ...base, kind: 'apply', opId, before: 0, after: 1 }) as const;

test('an opId is the job’s whose number it begins with, or nobody’s', () => {
  const prefixes = new OpPrefixes();
  expect([prefixes.issue(3), prefixes.issue(-31)]).toEqual(['3:', '-31:']);
  const opIds = ['3:alice/1.2', '-31:a.1', 'ready:x.1', '31:a.1', '3', '', ':3:', 'made up'];
  expect(opIds.map((opId) => prefixes.of(opId))).toEqual([
    '3:',
    '-31:',
    'ready:',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('a scenario sees its own lines and those that are nobody’s', () => {
  const prefixes = new OpPrefixes();
  prefixes.issue(3);
  prefixes.issue(4);
  const opIds = ['3:a.1', '4:a.1', 'ready:a.1', 'made up', '', '9:a.1'];
  const seen = prefixes.withoutOthers(opIds.map(apply), '3:');
  expect(seen.map((line) => 'opId' in line && line.opId)).toEqual([
    '3:a.1',
    'made up',
    '',
    '9:a.1',
  ]);
});

test('lines without an opId are everybody’s', () => {
  const { ledger } = new Story(['counter']).recording();
  const lines = [...ledger, { ...base, kind: 'initialize', nonce: 'n1' } as const];
  expect(new OpPrefixes().withoutOthers(lines, '1:')).toEqual(lines);
});
