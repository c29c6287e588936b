/**
 * Healthy runs of several sessions, generated as plain data: own counters, calls that overlap
 * within a session and between sessions, clients that hang up, a fault with errors where it could
 * touch, and an upstream that forgets its sessions, which is told before anything fresh is served.
 */

import * as fc from 'fast-check';
import { broken, toldLost } from './outcomes-for-test.ts';
import { Story, type Client } from './story-for-test.ts';
import type { Told } from './told-call-for-test.ts';

const UPSTREAMS = ['first', 'second'] as const;
const FAULT_MS = 300;
/** Where the calls of all sessions begin; after their end, everyone looks at its counters once more. */
const BEGIN_MS = 5_000;
const END_MS = 20_000;

export interface ScheduledCall {
  readonly tool: 'increment' | 'get' | 'slow_increment' | 'echo' | 'progress' | 'fail' | 'whoami';
  readonly upstream: (typeof UPSTREAMS)[number];
  /** Since the call before it was sent, in milliseconds. */
  readonly gapMs: number;
  readonly takesMs: number;
  /** What becomes of it if it is exposed: an error, applied or not, or nothing at all. */
  readonly fate: 'spared' | 'applied' | 'not-applied';
  readonly isAborted: boolean;
}

export interface Schedule {
  readonly sessions: readonly (readonly ScheduledCall[])[];
  /** When the first upstream is cut, from the beginning of the calls. */
  readonly cutAtMs: number | null;
  /** When the second upstream forgets its sessions, from the beginning of the calls. */
  readonly forgetAtMs: number | null;
}

const call: fc.Arbitrary<ScheduledCall> = fc.record({
  tool: fc.constantFrom('increment', 'get', 'slow_increment', 'echo', 'progress', 'fail', 'whoami'),
  upstream: fc.constantFrom(...UPSTREAMS),
  gapMs: fc.integer({ min: 0, max: 200 }),
  takesMs: fc.integer({ min: 2, max: 400 }),
  fate: fc.constantFrom('spared', 'applied', 'not-applied'),
  isAborted: fc.nat(7).map((number) => number === 0),
});

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  sessions: fc.array(fc.array(call, { minLength: 1, maxLength: 12 }), {
    minLength: 2,
    maxLength: 5,
  }),
  cutAtMs: fc.option(fc.integer({ min: 0, max: 1_500 })),
  forgetAtMs: fc.option(fc.integer({ min: 0, max: 1_500 })),
});

export function storyOf({ sessions, cutAtMs, forgetAtMs }: Schedule): Story {
  const story = new Story(UPSTREAMS);
  const clients = sessions.map((_, index) => story.connect(`user${index % 2}/${index}`));
  const cutMs = cutAtMs === null ? Infinity : BEGIN_MS + cutAtMs;
  const forgetMs = forgetAtMs === null ? Infinity : BEGIN_MS + forgetAtMs;
  strike(story, cutMs, forgetMs);
  for (const [index, calls] of sessions.entries()) {
    const client = clients[index];
    if (client !== undefined) tell(story, client, calls, cutMs, forgetMs);
  }
  story.nowMs = END_MS;
  for (const client of clients) for (const upstream of UPSTREAMS) client.get({ upstream });
  // Whoever did not call in the meantime hears of the loss only now.
  for (const client of clients) client.get({ upstream: UPSTREAMS[1] });
  return story;
}

function strike(story: Story, cutMs: number, forgetMs: number): void {
  const [struck, forgetful] = UPSTREAMS;
  if (cutMs < Infinity) {
    const healRequestedAtMs = cutMs + FAULT_MS;
    const healedAtMs = healRequestedAtMs + 2;
    story.fault({
      kind: 'down',
      upstream: struck,
      requestedAtMs: cutMs,
      healRequestedAtMs,
      healedAtMs,
    });
  }
  if (forgetMs < Infinity) {
    const healedAtMs = forgetMs + 2;
    story.fault({
      kind: 'forget-sessions',
      upstream: forgetful,
      requestedAtMs: forgetMs,
      healedAtMs,
    });
  }
}

function tell(
  story: Story,
  client: Client,
  calls: readonly ScheduledCall[],
  cutMs: number,
  forgetMs: number,
): void {
  let at = BEGIN_MS;
  let toldMs = Infinity;
  const first = new Map(client.homes);
  for (const one of calls) {
    at += one.gapMs;
    const { tool, upstream, takesMs: takes } = one;
    const hasForgotten = upstream === UPSTREAMS[1] && at + takes / 2 > forgetMs;
    if (!hasForgotten || one.isAborted) {
      const home = hasForgotten ? undefined : first.get(upstream);
      const by = home === undefined ? [] : [home];
      client.call(tool, { at, upstream, ...fateOf(one, at, cutMs), by });
    } else if (at <= toldMs) {
      // Everything that was sent before the first of these arrived is told the same.
      client.call(tool, { at, upstream, takes, outcome: toldLost(upstream), by: [] });
      if (toldMs === Infinity) story.move(client, upstream);
      toldMs = Math.min(toldMs, at + takes);
    } else {
      client.call(tool, { at, upstream, takes });
    }
  }
}

function fateOf(one: ScheduledCall, at: number, cutMs: number): Told {
  const takes = one.takesMs;
  const isIncrement = one.tool.endsWith('increment');
  const applied = isIncrement && one.fate === 'applied' ? 1 : 0;
  if (one.isAborted) {
    const giveUp = { how: 'abort', at: at + takes } as const;
    return { takes, giveUp, applied, outcome: { type: 'info', kind: 'aborted' } };
  }
  const isHit = one.upstream === UPSTREAMS[0] && at <= cutMs + FAULT_MS && at + takes >= cutMs;
  if (!isHit || one.fate === 'spared') return { takes };
  return { takes, applied, outcome: broken() };
}
