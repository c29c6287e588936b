/** Every way to fail, as `npm run failures` measures it, with fewer sessions: each promise must be kept. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { brokenPromises } from './broken-promises.ts';
import { FailureStage } from './failure-stage.ts';
import { measureFailure } from './measure-failure.ts';
import { Neighbours, type Collateral } from './neighbours.ts';
import { strikesOneCall, type UpstreamFailure } from './upstream-failure.ts';
import { UPSTREAM_FAILURES } from './upstream-failures.ts';

const SESSIONS = 2;
const NEIGHBOURS = 8;

const failures = Object.values(UPSTREAM_FAILURES).flat();
const broken = new Map<string, readonly string[]>();
const collateral = new Map<'struck' | 'calm', Collateral>();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failures-'));
  await using stage = await FailureStage.open(folder, new AbortController().signal);
  const measure = async (failure: UpstreamFailure): Promise<void> => {
    const measured = await measureFailure(stage, failure, SESSIONS);
    broken.set(failure.id, brokenPromises(failure, measured, { errors: [] }, stage.secrets));
  };
  // Calls of different sessions that are struck one by one are each other's neighbours, too.
  await watched(stage, 'struck', () => Promise.all(failures.filter(strikesOneCall).map(measure)));
  await watched(stage, 'calm', async () => {
    for (const failure of failures) if (!strikesOneCall(failure)) await measure(failure);
  });
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function watched(
  stage: FailureStage,
  upstream: 'struck' | 'calm',
  during: () => Promise<unknown>,
): Promise<void> {
  await using neighbours = await Neighbours.open(stage, upstream, NEIGHBOURS);
  const [, seen] = await neighbours.watch(during);
  collateral.set(upstream, seen);
}

test.each(failures)('$id: an upstream that $what', ({ id }) => {
  expect(broken.get(id)).toEqual([]);
});

test.each(['struck', 'calm'] as const)('the neighbours on the %s upstream', (upstream) => {
  expect(collateral.get(upstream)?.errors).toEqual([]);
  expect(collateral.get(upstream)?.calls).toBeGreaterThanOrEqual(NEIGHBOURS);
});
