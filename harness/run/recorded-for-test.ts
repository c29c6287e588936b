/** A story as a run would have recorded it. */

import type { Check } from '../checks/check.ts';
import type { Story } from '../checks/story-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';
import type { Bundle } from './bundle.ts';
import { judge } from './judge.ts';
import type { Recorded } from './recorded.ts';

export function recordedForTest(story: Story, about: Partial<Recorded> = {}): Recorded {
  const { events, ledger } = story.recording();
  return {
    scenario: 'test/story',
    claims: DEFAULT_CLAIMS,
    checks: ['own-counter'],
    operationsMin: 1,
    events,
    issued: {
      events: events.length,
      ops: events.filter((event) => event.kind === 'invoke').length,
    },
    ledger,
    receipts: story.receipts,
    noise: { lagMaxMs: 1, probeMaxMs: 2 },
    ...about,
  };
}

export function bundleForTest(recorded: Recorded, checks: readonly Check[]): Bundle {
  return {
    provenance: {
      title: 'A story',
      requirements: ['ISO-02'],
      suite: { version: '1.2.3' },
      target: { name: 'reference', version: '0.1.0' },
      seed: 42,
      repeat: 0,
      startedAt: '2025-11-25T12:00:00.000Z',
      durationMs: 1_234,
      command: 'mcp-gauntlet run test/story --seed 42',
      tools: [],
      environment: { node: 'v24.0.0', os: 'Linux 6.8.0 x64', cpus: { count: 2, model: 'a CPU' } },
    },
    recorded,
    judged: judge(recorded, checks),
    targetLog: ['listening', 'GET /mcp 405'],
  };
}
