import { expect, it } from 'vitest';
import { createLog } from './log.ts';

it('a secret that is handed to it by mistake is not written', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const secrets = { authorization: 'canary', authValue: 'canary', token: 'canary' };
  log.info({ ...secrets, headers: { cookie: 'canary' }, definition: secrets }, 'a slip');
  expect(lines[0]).toContain('a slip');
  expect(lines[0]).not.toContain('canary');
});
