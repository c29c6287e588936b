import { expect, test } from 'vitest';
import { attempt } from './attempt.ts';
import { TargetNotReadyError } from '../errors.ts';
import { CONTROL_PLAN } from '../run/control-plan.ts';

test('what an attempt failed with says no secret, whatever the target logged', async () => {
  const plan = { ...CONTROL_PLAN, secrets: ['hunter22'] };
  const undertaking = { plan, seed: 1, command: 'load', out: 'out' };
  const { failure, run } = await attempt(undertaking, new AbortController().signal, () =>
    Promise.reject(new TargetNotReadyError('it never listened; its log: X-Key: hunter22')),
  );
  expect(failure).toBeInstanceOf(TargetNotReadyError);
  expect(`${failure?.message} ${failure?.stack} ${run.error}`).not.toContain('hunter22');
});
