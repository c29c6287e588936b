import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evidence } from './check.ts';
import { CHECKS } from './index.ts';
import { schedules, storyOf, type Schedule } from './schedule-for-test.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { operationsOf } from '../history/operation.ts';
import { findAnomalies } from '../oracle/find-anomalies.ts';
import { judge } from '../run/judge.ts';
import { recordedForTest } from '../run/recorded-for-test.ts';

/** Without a loss that could explain what is done to them. */
const steady = schedules.map((schedule) => ({ ...schedule, forgetAtMs: null }));

const RUNS = { numRuns: 300 };

/** Ids of the checks that find something, without those that do not apply. */
function convicted(evidence: Evidence): readonly string[] {
  return CHECKS.filter((check) => check.notApplicable?.(evidence.claims) === undefined)
    .filter((check) => check.judge(evidence).findings.length > 0)
    .map(({ id }) => id);
}

function withEvents(evidence: Evidence, events: readonly HistoryEvent[]): Evidence {
  return { ...evidence, events, operations: operationsOf(events) };
}

function evidenceOf(schedule: Schedule): Evidence {
  return storyOf(schedule).evidence();
}

/** One of them, chosen by a number that may be anything; the run is skipped where there is none. */
function pick<T>(from: readonly T[], choice: number): T {
  fc.pre(from.length > 0);
  return from[choice % from.length] as T;
}

const acknowledged = ({ operations }: Evidence) =>
  operations.filter(
    ({ invoke, outcome }) => invoke.tool?.endsWith('increment') && outcome?.type === 'ok',
  );

function everyMutation(
  mutate: (evidence: Evidence, choice: number) => Evidence,
  expected: readonly string[],
): void {
  fc.assert(
    fc.property(steady, fc.nat(), (schedule, choice) => {
      const found = convicted(mutate(evidenceOf(schedule), choice));
      expect(found.filter((id) => expected.includes(id))).not.toEqual([]);
    }),
    RUNS,
  );
}

test('no check finds anything in a healthy run', () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const evidence = evidenceOf(schedule);
      expect(convicted(evidence)).toEqual([]);
      // Not even what a claim or a fault would have excused.
      expect(findAnomalies(evidence).anomalies).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test('notifications that have nothing to do with it change no judgement', () => {
  fc.assert(
    fc.property(schedules, fc.array(fc.nat(100), { maxLength: 10 }), (schedule, places) => {
      const evidence = evidenceOf(schedule);
      const events = places.reduce<readonly HistoryEvent[]>((all, place) => {
        const at = place % all.length;
        const atMs = all[at]?.atMs ?? 0;
        const method = 'notifications/message';
        return all.toSpliced(at, 0, { kind: 'message', seq: 0, atMs, session: 'user0/0', method });
      }, evidence.events);
      const numbered = events.map((event, seq) => ({ ...event, seq }));
      const more = withEvents(evidence, numbered);
      for (const check of CHECKS) {
        const { examined, findings, inconclusive } = check.judge(evidence);
        const again = check.judge(more);
        expect(again.examined).toBe(examined);
        expect(again.findings.map(({ message }) => message)).toEqual(
          findings.map(({ message }) => message),
        );
        expect(again.inconclusive).toEqual(inconclusive);
      }
    }),
    RUNS,
  );
});

test('a lost application is convicted', () => {
  everyMutation(
    (evidence, choice) => {
      const { invoke } = pick(acknowledged(evidence), choice);
      const ledger = evidence.ledger.filter(
        (line) => !(line.kind === 'apply' && line.opId === invoke.opId),
      );
      return { ...evidence, ledger };
    },
    ['applied-once'],
  );
});

test('a doubled application is convicted, of whatever call', () => {
  everyMutation(
    (evidence, choice) => {
      const applies = evidence.ledger.filter((line) => line.kind === 'apply');
      const line = pick(applies, choice);
      return { ...evidence, ledger: [...evidence.ledger, { ...line, atMs: line.atMs + 30_000 }] };
    },
    ['applied-once'],
  );
});

test('a changed value is convicted', () => {
  everyMutation(
    (evidence, choice) => {
      const { op } = pick(acknowledged(evidence), choice).invoke;
      const events = evidence.events.map((event) => {
        if (event.kind !== 'complete' || event.op !== op) return event;
        const { payload } = event.outcome;
        const value = Number(payload?.['value']) + 1;
        return { ...event, outcome: { ...event.outcome, payload: { ...payload, value } } };
      });
      return withEvents(evidence, events);
    },
    ['applied-once'],
  );
});

test('two answers that went to each other are convicted', () => {
  everyMutation(
    (evidence, choice) => {
      const answered = evidence.operations.filter(({ outcome }) => outcome?.payload !== undefined);
      const a = pick(answered, choice);
      const others = answered.filter(({ invoke }) => invoke.session !== a.invoke.session);
      const b = pick(others, choice >> 3);
      const swapped = new Map([
        [a.invoke.op, b.outcome],
        [b.invoke.op, a.outcome],
      ]);
      const events = evidence.events.map((event) => {
        const outcome = event.kind === 'complete' ? swapped.get(event.op) : undefined;
        return event.kind === 'complete' && outcome !== undefined ? { ...event, outcome } : event;
      });
      return withEvents(evidence, events);
    },
    ['no-foreign-answer'],
  );
});

test('a session that is served by the upstream session of another is convicted', () => {
  everyMutation(
    (evidence, choice) => {
      const requests = evidence.ledger.filter((line) => line.kind === 'request');
      const a = pick(requests, choice);
      const others = requests.filter(
        ({ session, upstream }) => upstream === a.upstream && session !== a.session,
      );
      const b = pick(others, choice >> 3);
      const move = (line: LedgerEntry): LedgerEntry =>
        'session' in line && line.session === a.session && line.kind !== 'initialize'
          ? { ...line, session: b.session }
          : line;
      return { ...evidence, ledger: evidence.ledger.map(move) };
    },
    ['own-counter'],
  );
});

test('a single call in an upstream session of its own is convicted', () => {
  everyMutation(
    (evidence, choice) => {
      const ok = new Set(
        evidence.operations
          .filter(({ outcome }) => outcome?.type === 'ok')
          .map(({ invoke }) => invoke.opId),
      );
      const requests = evidence.ledger.filter((line) => line.kind === 'request');
      const served = requests.filter(({ opId, session }) => {
        const siblings = requests.filter((line) => line.session === session && ok.has(line.opId));
        return opId !== undefined && ok.has(opId) && siblings.length > 1;
      });
      const { opId } = pick(served, choice);
      const ledger = evidence.ledger.map((line) =>
        'opId' in line && line.opId === opId ? { ...line, session: 'new' } : line,
      );
      return { ...evidence, ledger };
    },
    ['one-upstream-session'],
  );
});

test('fresh state that nobody told of is convicted', () => {
  everyMutation(
    (evidence, choice) => {
      const answered = evidence.operations.filter(
        ({ outcome }) => outcome?.type === 'ok' && outcome.payload?.['nonce'] !== undefined,
      );
      const last = pick(
        answered.filter(({ invoke }) => invoke.tool === 'get' && invoke.deadlineMs > 0),
        choice,
      );
      const siblings = answered.filter(
        ({ invoke }) =>
          invoke.session === last.invoke.session &&
          invoke.upstream === last.invoke.upstream &&
          invoke.op !== last.invoke.op,
      );
      fc.pre(siblings.length > 0);
      const events = evidence.events.map((event) => {
        if (event.kind !== 'complete' || event.op !== last.invoke.op) return event;
        const payload = { ...event.outcome.payload, nonce: 'fresh' };
        return { ...event, outcome: { ...event.outcome, payload } };
      });
      return withEvents(evidence, events);
    },
    ['no-silent-reset'],
  );
});

test('an error of a call that nothing could have touched is convicted', () => {
  everyMutation(
    (evidence, choice) => {
      // After the end of the fault, everyone looks at its counters.
      const calm = evidence.operations.filter(({ startMs }) => startMs >= 20_000);
      const { op } = pick(calm, choice).invoke;
      const outcome = { type: 'info', kind: 'rpc-error', message: 'out of nowhere' } as const;
      const events = evidence.events.map((event) =>
        event.kind === 'complete' && event.op === op ? { ...event, outcome } : event,
      );
      return withEvents(evidence, events);
    },
    ['unexposed-succeed'],
  );
});

test('a history that lost any event is never blamed on the target', () => {
  fc.assert(
    fc.property(schedules, fc.nat(), (schedule, choice) => {
      const recorded = recordedForTest(storyOf(schedule));
      const events = recorded.events.toSpliced(choice % recorded.events.length, 1);
      const { verdict, reason, findings } = judge({ ...recorded, events }, CHECKS);
      expect([verdict, findings]).toEqual(['inconclusive', []]);
      expect(reason).toMatch(/^the history has \d+ of the \d+ events/);
    }),
    RUNS,
  );
});
