import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { parseLedger } from '../harness/history/ledger.ts';
import { redactorOf } from '../harness/report/redact.ts';
import { planFor } from '../harness/target/find-target.ts';
import type { TargetPlan } from '../harness/target/target.ts';
import { findTool } from '../harness/tools/find-tool.ts';
import { k6Files, linesOf } from './k6-run.ts';
import { loadJson } from './load-result.ts';
import { adjusted, profileNamed, type LoadProfile } from './profiles.ts';
import { runLoad, type LoadDeps, type LoadOptions } from './run-load.ts';

let tools: Pick<LoadDeps, 'k6' | 'toxiproxy'>;
let plan: TargetPlan;
let out: string;

beforeAll(async () => {
  tools = { k6: await findTool('k6'), toxiproxy: await findTool('toxiproxy') };
  plan = await planFor({ target: 'reference' });
}, 600_000);

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'load-'));
});

afterEach(async () => {
  await rm(out, { recursive: true });
});

function options(change: Partial<LoadOptions> = {}): LoadOptions {
  return {
    plan,
    profile: small(),
    faults: 'resets',
    seed: 1,
    out,
    command: 'mcp-gauntlet load',
    signal: new AbortController().signal,
    ...change,
  };
}

function small(lives = 1): LoadProfile {
  const smoke = profileNamed('smoke');
  if (smoke === undefined) throw new Error('no smoke profile');
  return { ...adjusted(smoke, { users: 30, durationMs: 8_000 }), lives };
}

it('passes the reference gateway under faults, with every user accounted for', async () => {
  const said: string[] = [];
  // A run before it, in the same folder, had an error that is not this run's.
  const stale = { kind: 'error', user: 'user1', upstream: 'calm', op: 'increment', status: 0 };
  const earlier = {
    ...stale,
    fromMs: 1,
    toMs: 2,
    sessionSinceMs: 0,
    cause: 'transport',
    text: 'EOF',
  };
  await writeFile(k6Files(out).console, `${JSON.stringify(earlier)}\n`);
  const result = await runLoad(options(), { ...tools, progress: (line) => said.push(line) });
  expect(result.load.reasons).toEqual([]);
  expect(result).toMatchObject({ exitCode: 0, totals: { pass: 1 } });
  expect(result.load.metrics).toEqual({
    isolation_violations: 0,
    closed_resource_errors: 0,
    empty_errors: 0,
    lost_or_doubled: 0,
    unexplained_errors: 0,
  });
  expect(result.load.counts).toMatchObject({ usersFinished: 30 });
  expect(result.load.counts?.exposedErrors).toBeGreaterThan(0);
  expect(said.some((line) => line.includes('increments applied'))).toBe(true);
  const document = JSON.parse(loadJson(result, redactorOf([]))) as typeof result;
  expect(document).toMatchObject({ target: { name: 'reference' }, load: { faults: 'resets' } });
});

it('opens a session for each life, and deletes it', async () => {
  const result = await runLoad(options({ profile: small(4), faults: 'none' }), {
    ...tools,
    progress: () => undefined,
  });
  expect(result.load).toMatchObject({ verdict: 'pass', counts: { usersFinished: 120 } });
  const lines = linesOf(await readFile(k6Files(out).console, 'utf8'));
  expect(lines.filter((line) => line.kind === 'user' && line.sessions === 1)).toHaveLength(120);
  const ledger = parseLedger('calm', await readFile(join(out, 'lane0-calm.jsonl'), 'utf8'));
  const deleted = new Set(
    ledger.map((line) => (line.kind === 'delete' && line.known ? line.session : undefined)),
  );
  const applied = ledger.filter((line) => line.kind === 'apply');
  const used = new Set(applied.map(({ session }) => session));
  // The last DELETEs may still be on their way when k6 is done and the target is ended.
  expect(used.intersection(deleted).size).toBeGreaterThan(used.size * 0.9);
});

it('stops everything when it is interrupted', async () => {
  const controller = new AbortController();
  const reason = new Error('interrupted');
  const running = runLoad(options({ signal: controller.signal }), {
    ...tools,
    progress: (line) => {
      if (line.includes('increments applied')) controller.abort(reason);
    },
  });
  await expect(running).rejects.toBe(reason);
});

it('does not judge a target that claims shared sessions', async () => {
  const shared = { ...plan, claims: { ...plan.claims, sessions: 'shared' } } as TargetPlan;
  const result = await runLoad(options({ plan: shared }), { ...tools, progress: () => undefined });
  expect(result).toMatchObject({ exitCode: 2, totals: { notApplicable: 1 } });
});
