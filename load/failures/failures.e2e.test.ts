/** Every way to fail, as `npm run failures` measures it, with fewer sessions: each promise must be kept. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { brokenPromises } from './broken-promises.ts';
import { FailureStage, type UpstreamName } from './failure-stage.ts';
import { measureFailure } from './measure-failure.ts';
import { Neighbours, type Collateral } from './neighbours.ts';
import { strikesOneCall, type UpstreamFailure } from './upstream-failure.ts';
import { UPSTREAM_FAILURES } from './upstream-failures.ts';

const SESSIONS = 2;
const NEIGHBOURS = 8;
const AT_ONCE = 12;

const failures = Object.values(UPSTREAM_FAILURES).flat();
const broken = new Map<string, readonly string[]>();
const collaterals: Collateral[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failures-'));
  const single = failures.filter(strikesOneCall);
  const whole = failures.filter((failure) => !strikesOneCall(failure)).values();
  const signal = new AbortController().signal;
  await using one = await FailureStage.open(await mkdtemp(join(folder, 'one-')), signal);
  await using two = await FailureStage.open(await mkdtemp(join(folder, 'two-')), signal);
  await Promise.all([
    strikeCalls(one, single).then(() => strikeAll(one, whole)),
    strikeAll(two, whole),
  ]);
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Those that are struck in other ways at the same time are neighbours, too. */
async function strikeCalls(stage: FailureStage, due: readonly UpstreamFailure[]): Promise<void> {
  await watched(stage, 'struck', async () => {
    for (let first = 0; first < due.length; first += AT_ONCE) {
      const some = due.slice(first, first + AT_ONCE);
      await Promise.all(some.map((failure) => measure(stage, failure)));
    }
  });
}

/** What is due is shared: whichever stage is free takes the next. */
async function strikeAll(stage: FailureStage, due: Iterable<UpstreamFailure>): Promise<void> {
  await watched(stage, 'calm', async () => {
    for (const failure of due) await measure(stage, failure);
  });
}

async function measure(stage: FailureStage, failure: UpstreamFailure): Promise<void> {
  const measured = await measureFailure(stage, failure, SESSIONS);
  broken.set(failure.id, brokenPromises(failure, measured, { errors: [] }, stage.secrets));
}

async function watched(
  stage: FailureStage,
  upstream: UpstreamName,
  during: () => Promise<void>,
): Promise<void> {
  await using neighbours = await Neighbours.open(stage, upstream, NEIGHBOURS);
  const [, collateral] = await neighbours.watch(during);
  collaterals.push(collateral);
}

test.each(failures)('$id: an upstream that $what', ({ id }) => {
  expect(broken.get(id)).toEqual([]);
});

test('no neighbour notices anything', () => {
  expect(collaterals.flatMap(({ errors }) => errors)).toEqual([]);
  expect(collaterals.map(({ calls }) => calls >= NEIGHBOURS)).toEqual([true, true, true]);
});
