/**
 * Many users at once, run by k6 itself. One iteration is one user's life, and it ends by itself:
 * a user that k6 stops runs no `finally`. k6's thresholds cover what a user can know; the verdict
 * is given afterwards, when the lines written here are joined with the fixtures' ledgers.
 */

import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { isEmptyText } from './lib/error-text.ts';
import type { LoadLine } from './lib/lines.ts';
import { seeded } from './lib/seeded.ts';
import { SETTINGS_VARIABLE, type LoadSettings } from './lib/settings.ts';
import { UserLife } from './lib/user-life.ts';

/** k6 has it, and its types do not. */
declare const console: { log(text: string): void };

const settings = JSON.parse(__ENV[SETTINGS_VARIABLE] ?? '') as LoadSettings;

/** Beyond the last life: one answer and one DELETE may take their whole timeout. */
const GRACE_MS = 2 * settings.requestTimeoutMs + 10_000;

export const options: Options = {
  scenarios: {
    users: {
      executor: 'per-vu-iterations',
      vus: settings.users,
      iterations: settings.lives,
      maxDuration: `${settings.durationMs + GRACE_MS}ms`,
    },
  },
  thresholds: {
    users_finished: [`count==${settings.users * settings.lives}`],
    calls: ['count>0'],
    isolation_violations: ['count==0'],
    closed_resource_errors: ['count==0'],
    empty_errors: ['count==0'],
  },
  systemTags: ['name', 'status'],
  summaryTrendStats: ['avg', 'min', 'med', 'p(95)', 'p(99)', 'max'],
  noVUConnectionReuse: false,
};

const calls = new Counter('calls');
const callDuration = new Trend('call_duration', true);
const usersFinished = new Counter('users_finished');
const isolationViolations = new Counter('isolation_violations');
const closedResourceErrors = new Counter('closed_resource_errors');
const emptyErrors = new Counter('empty_errors');
const errors = new Counter('errors');

export default function life(): void {
  const index = exec.vu.idInTest - 1;
  const lifeNumber = exec.vu.iterationInScenario;
  const { users, lives, groups } = settings;
  const group = groups[index % groups.length];
  if (group === undefined) throw new Error('no group of users');
  const random = seeded(settings.seed, index * lives + lifeNumber);
  const slotMs = settings.durationMs / lives;
  const beginMs = exec.scenario.startTime + lifeNumber * slotMs;
  const arrivalMs = lifeNumber === 0 ? (settings.rampMs * index) / users : 0;
  sleepUntil(beginMs + arrivalMs);
  new UserLife({
    user: lives === 1 ? `user${index}` : `user${index}.${lifeNumber}`,
    group,
    headers: group.headers[Math.floor(index / groups.length) % group.headers.length] ?? {},
    settings,
    random,
    endMs: beginMs + slotMs,
    write,
    answered: (durationMs) => {
      calls.add(1);
      callDuration.add(durationMs);
    },
  }).live();
  usersFinished.add(1);
}

function sleepUntil(atMs: number): void {
  const leftMs = atMs - Date.now();
  if (leftMs > 0) sleep(leftMs / 1000);
}

function write(line: LoadLine): void {
  console.log(JSON.stringify(line));
  if (line.kind === 'user') return;
  errors.add(1);
  if (line.cause === 'isolation') isolationViolations.add(1);
  if (isEmptyText(line)) emptyErrors.add(1);
  if (settings.closedResourceTexts.some((text) => line.text.includes(text))) {
    closedResourceErrors.add(1);
  }
}

export function handleSummary(data: unknown): Record<string, string> {
  return { [settings.summaryFile]: JSON.stringify(data) };
}
