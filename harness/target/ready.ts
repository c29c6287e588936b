/**
 * When a target is ready: a client initializes, finds every upstream's tools, and one increment
 * through each is in its ledger. Until its start deadline it may answer anything else.
 */

import { TargetNotReadyError } from '../errors.ts';
import type { CounterProcess } from '../fixture/counter-process.ts';
import type { Outcome } from '../history/event.ts';
import { Recorder } from '../history/recorder.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { within } from '../lifecycle/deadline.ts';
import { describeExit } from '../lifecycle/describe-exit.ts';
import { connectRaw } from '../wire/connect-raw.ts';
import type { RawSession } from '../wire/raw-session.ts';
import { logTail } from './log-tail.ts';
import type { RunningTarget, TargetPlan } from './target.ts';

const ATTEMPT_DEADLINE_MS = 5000;
const ATTEMPT_MIN_MS = 500;
const PAUSE_MS = 100;

/** How the opIds of these calls begin. */
export const READY_OP_PREFIX = 'ready:';

/** @throws {TargetNotReadyError} with the last answer and the last lines of its log. */
export async function awaitReady(
  plan: TargetPlan,
  target: RunningTarget,
  fixtures: readonly CounterProcess[],
  signal: AbortSignal,
): Promise<void> {
  const endMs = nowMs() + plan.startTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const problem = await tryOnce(plan, target, fixtures, attempt, endMs);
    if (problem === undefined) return;
    if (target.hasExited) {
      const gone = await target.exited;
      throw new TargetNotReadyError(
        `target ${plan.name} ended with ${describeExit(gone)} before it was ready: ${problem}${logTail(target.log())}`,
      );
    }
    // An attempt without time to be answered would only hide what the last one was told.
    if (nowMs() + PAUSE_MS + ATTEMPT_MIN_MS > endMs) {
      throw new TargetNotReadyError(
        `target ${plan.name} was not ready within ${plan.startTimeoutMs} ms: ${problem}${logTail(target.log())}`,
      );
    }
    await pause(signal);
  }
}

/** What is missing, in words; undefined: nothing. */
async function tryOnce(
  plan: TargetPlan,
  target: RunningTarget,
  fixtures: readonly CounterProcess[],
  attempt: number,
  endMs: number,
): Promise<string | undefined> {
  const recorder = new Recorder();
  const deadlineMs = Math.min(ATTEMPT_DEADLINE_MS, Math.max(1, endMs - nowMs()));
  await using session = await connectRaw({
    endpoint: target.endpoint,
    recorder,
    label: `ready-${attempt}`,
    opPrefix: READY_OP_PREFIX,
    user: plan.users[0],
    headersOf: (user) => target.headersOf(user),
    upstreams: fixtures.map((fixture) => fixture.name),
    deadlineMs,
  });
  try {
    if (!session.isOpen) return whyClosed(recorder, session);
    for (const fixture of fixtures) {
      const mark = await fixture.ledger.mark();
      const call = session.call('increment', {}, { upstream: fixture.name, deadlineMs });
      const outcome = await call.outcome;
      if (outcome.type !== 'ok') return `increment on ${fixture.name}: ${describeOutcome(outcome)}`;
      const ledger = await fixture.ledger.since(mark);
      const isApplied = ledger.some((line) => line.kind === 'apply' && line.opId === call.opId);
      if (!isApplied) return `it answered an increment that ${fixture.name} never applied`;
    }
    return undefined;
  } finally {
    await session.delete({ deadlineMs });
  }
}

/** The last answer, and what it probably means. */
function whyClosed(recorder: Recorder, session: RawSession): string {
  const invokes = recorder.events.filter((event) => event.kind === 'invoke');
  const completions = recorder.events.filter((event) => event.kind === 'complete');
  const last = completions.at(-1);
  const method = invokes.find((event) => event.op === last?.op)?.method ?? 'initialize';
  if (last === undefined) return 'no request was answered';
  const { outcome } = last;
  const said = `${method}: ${describeOutcome(outcome)}`;
  if (outcome.excerpt?.trimStart().startsWith('<') === true) {
    return `it answers HTML, so this is no MCP endpoint; ${said}`;
  }
  if (method !== 'initialize') {
    const { names } = session.tools;
    return outcome.type === 'ok'
      ? `the counter's tools are not among the ${names.length} it lists (${names.slice(0, 12).join(', ')})`
      : said;
  }
  if (speaksOnlySessionless(outcome)) {
    return `it speaks only the sessionless revision 2026-07-28, for which there are no scenarios yet; ${said}`;
  }
  return outcome.kind === 'http-error' || outcome.kind === 'transport-error'
    ? `it listens but does not speak MCP there; ${said}`
    : said;
}

/** 2026-07-28: an unsupported version is -32022, and a method that is gone is 404 with -32601. */
function speaksOnlySessionless(outcome: Outcome): boolean {
  if (outcome.kind !== 'rpc-error') return false;
  return outcome.code === -32_022 || (outcome.code === -32_601 && outcome.status === 404);
}

function describeOutcome(outcome: Outcome): string {
  const { kind, status, code, message, excerpt } = outcome;
  const parts = [
    kind,
    status === undefined ? '' : `status ${status}`,
    code === undefined ? '' : String(code),
    quote(message),
    excerpt === message ? '' : quote(excerpt),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function quote(text: string | undefined): string {
  return text === undefined ? '' : JSON.stringify(text.slice(0, 200));
}

async function pause(signal: AbortSignal): Promise<void> {
  const timer = Promise.withResolvers<void>();
  setTimeout(timer.resolve, PAUSE_MS);
  await within(PAUSE_MS * 10, 'the next look', timer.promise, signal);
}
