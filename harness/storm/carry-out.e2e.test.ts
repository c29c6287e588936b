/** A schedule written by hand, on the real stage: every phase is met where it can be, and said not to be where it cannot. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runScenarios } from '../run/runner.ts';
import { readBundle } from '../run/read-bundle.ts';
import type { RunResult } from '../run/result.ts';
import type { Schedule, ScheduledFault, ScheduledOperation } from '../schedule/schedule.ts';
import { planFor } from '../target/find-target.ts';
import { encounterKey } from './encounter.ts';
import { stormScenario } from './storm-scenario.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'gauntlet-storm-'));
});
afterEach(() => rm(out, { recursive: true }));

async function carriedOut(schedule: Schedule): Promise<RunResult> {
  return runScenarios(
    {
      scenarios: [stormScenario(schedule, 'by-hand')],
      plan: await planFor({ target: 'reference' }),
      seed: 1,
      repeat: 1,
      jobs: 1,
      out,
      signal: new AbortController().signal,
      command: 'npm test',
    },
    { started: () => undefined, scenarioDone: () => undefined, note: () => undefined },
  );
}

function operation(about: Partial<ScheduledOperation>): ScheduledOperation {
  return { session: 0, upstream: 0, kind: 'get', gapMs: 100, executionMs: 0, ...about };
}

function fault(about: Partial<ScheduledFault>): ScheduledFault {
  const base = { kind: 'latency', upstream: 0, durationMs: 50, severity: 0 } as const;
  return { ...base, operation: 0, phase: 'idle', ...about };
}

test('each fault meets its operation in its phase, and one that comes too late says so', async () => {
  const result = await carriedOut({
    sessions: [{ user: 0 }],
    upstreams: 1,
    operations: [
      operation({}),
      operation({ kind: 'increment', gapMs: 500 }),
      operation({ kind: 'slow-late', executionMs: 400, gapMs: 500 }),
      operation({ kind: 'progress', executionMs: 600, gapMs: 500 }),
      operation({ kind: 'increment', gapMs: 800 }),
      operation({ gapMs: 300 }),
      operation({ kind: 'slow-early', executionMs: 300, gapMs: 800 }),
      operation({ kind: 'delete', gapMs: 500 }),
      operation({ kind: 'increment' }),
    ],
    faults: [
      fault({ kind: 'slicer', operation: 0 }),
      fault({ kind: 'latency', operation: 1, phase: 'sent' }),
      fault({ kind: 'bandwidth', operation: 2, phase: 'executing' }),
      fault({ kind: 'freeze', operation: 3, phase: 'streaming' }),
      fault({ kind: 'down', durationMs: 600, operation: 4, phase: 'after' }),
      // Its turn comes when the first fault is healed, and the operation is over by then.
      fault({ kind: 'latency', durationMs: 900, operation: 6, phase: 'sent' }),
      fault({ kind: 'slicer', operation: 6, phase: 'executing' }),
    ],
  });
  const [only] = result.scenarios;
  expect(only?.findings).toEqual([]);
  expect(only?.verdict, only?.reason).toBe('pass');
  // Mere delays show only where the machine is quiet; a refused call shows everywhere.
  expect(only?.met?.map(encounterKey)).toEqual(
    expect.arrayContaining(['down × increment × after', 'down × get × idle']),
  );
  const aims = only?.receipts.map(({ aim }) => aim);
  expect(aims).toHaveLength(7);
  expect(aims?.filter((aim) => aim?.missed !== undefined)).toEqual([
    { operation: 6, phase: 'executing', missed: 'the operation had ended' },
  ]);
  for (const receipt of only?.receipts ?? []) expect(receipt.healedAtMs).toBeGreaterThan(0);
  // What was deleted was asked once more, and the client went on in a session of its own.
  const bundle = await readBundle(only?.bundle ?? '');
  const invokes = bundle.recorded.events.filter((event) => event.kind === 'invoke');
  expect(invokes.filter(({ hostile }) => hostile === true)).toHaveLength(1);
  expect(invokes.filter(({ method }) => method === 'initialize')).toHaveLength(2);
  expect(bundle.schedule?.operations).toHaveLength(9);
});

test('a session that is told that its state is lost goes on in a new one', async () => {
  const result = await carriedOut({
    sessions: [{ user: 0 }],
    upstreams: 1,
    operations: [operation({ kind: 'increment' }), operation({}), operation({ kind: 'increment' })],
    faults: [fault({ kind: 'kill', operation: 1 })],
  });
  expect(result.scenarios[0]?.verdict, result.scenarios[0]?.reason).toBe('pass');
  const bundle = await readBundle(join(out, 'bundles', (await readdir(join(out, 'bundles')))[0]!));
  const labels = bundle.recorded.events
    .filter((event) => event.kind === 'session')
    .filter(({ what }) => what === 'opened')
    .map(({ session }) => session);
  expect(labels).toEqual(['alice/1', 'alice/2']);
  const values = bundle.recorded.events
    .filter((event) => event.kind === 'complete')
    .map(({ outcome }) => outcome.payload?.['value'])
    .filter((value) => value !== undefined);
  expect(values.at(0)).toBe(1);
  expect(bundle.recorded.receipts[0]?.aim).toEqual({ operation: 1, phase: 'idle' });
});
