import { describe, expect, it } from 'vitest';
import type { Receipt } from '../harness/fault/receipt.ts';
import type { LedgerEntry, LedgerLine } from '../harness/history/ledger.ts';
import { DEFAULT_CLAIMS } from '../harness/target/claims.ts';
import { judgeLoad, type LoadJudgement, type MetricName } from './judge.ts';
import type { ErrorLine, LoadLine, UserLine } from './k6/lib/lines.ts';
import type { LoadEvidence } from './load-evidence.ts';

/** Wall clock and monotonic clock differ by this much in every table here. */
const OFFSET_MS = 1_000_000;
const CALLS = 10;

function user(name: string, upstream: 'struck' | 'calm', undecided = 0): UserLine {
  return {
    kind: 'user',
    user: name,
    upstream,
    issued: CALLS,
    acknowledged: CALLS - undecided,
    unknown: undecided,
    calls: CALLS + 3,
    sessions: 1,
    errors: undecided,
    violations: 0,
    last: CALLS - undecided,
    nonce: name,
    epoch: 'e1',
  };
}

function error(of: string, change: Partial<ErrorLine> = {}): ErrorLine {
  return {
    kind: 'error',
    user: of,
    upstream: of === 'user1' ? 'calm' : 'struck',
    op: 'increment',
    opId: `${of}-5`,
    fromMs: OFFSET_MS + 5_000,
    toMs: OFFSET_MS + 5_010,
    sessionSinceMs: OFFSET_MS,
    status: 502,
    cause: 'rpc',
    text: 'upstream connection closed',
    ...change,
  };
}

const BASE = { seq: 0, epoch: 'e1' } as const;

function ledgerOf(name: string, upstream: string, session = name): readonly LedgerEntry[] {
  return Array.from({ length: CALLS }, (_, index) => {
    const opId = `${name}-${index + 1}`;
    const call = { ...BASE, upstream, session, opId, requestId: index, tool: 'increment' };
    const atMs = (index + 1) * 1_000;
    return [
      { ...call, atMs, kind: 'request', method: 'tools/call' },
      { ...BASE, atMs, upstream, session, opId, kind: 'apply', before: index, after: index + 1 },
      { ...call, atMs: atMs + 1, kind: 'answer' },
    ] satisfies readonly (LedgerLine & { upstream: string })[];
  }).flat();
}

const RECEIPT: Receipt = {
  id: 'f1',
  kind: 'down',
  upstream: 'struck',
  requestedAtMs: 4_990,
  acknowledgedAtMs: 4_995,
  healedAtMs: 5_200,
  seen: [],
};

const ERRORS = [error('user0')];
const LEDGER = [...ledgerOf('user0', 'struck'), ...ledgerOf('user1', 'calm')];

/** A run that passes: one struck user with one exposed failure, one calm user without any. */
function evidence(change: Partial<LoadEvidence> = {}, errors = ERRORS): LoadEvidence {
  return {
    users: 2,
    lives: 1,
    faults: 'resets',
    sharesEndpoint: false,
    lines: [user('user0', 'struck', 1), user('user1', 'calm'), ...errors],
    ledger: LEDGER,
    receipts: [RECEIPT],
    noise: { lagMaxMs: 5, probeMaxMs: 5 },
    cpuWaitShare: 0.05,
    deaths: [],
    requestTimeoutMs: 10_000,
    claims: DEFAULT_CLAIMS,
    clock: { offsetMs: OFFSET_MS, uncertaintyMs: 1 },
    ...change,
  };
}

function values(judgement: LoadJudgement): Partial<Record<MetricName, number>> {
  return Object.fromEntries(
    judgement.metrics.filter(({ value }) => value > 0).map(({ name, value }) => [name, value]),
  );
}

function without(opId: string, kind: string): readonly LedgerEntry[] {
  return LEDGER.filter((line) => !(line.kind === kind && 'opId' in line && line.opId === opId));
}

it('passes a run whose only failure was exposed', () => {
  const judgement = judgeLoad(evidence());
  expect(judgement).toMatchObject({ verdict: 'pass', reasons: [] });
  expect(values(judgement)).toEqual({});
  expect(judgement.counts).toMatchObject({ calls: 20, exposedCalls: 1, exposedErrors: 1 });
});

const EXTRA_APPLY: LedgerEntry = {
  ...BASE,
  kind: 'apply',
  upstream: 'calm',
  session: 'user1',
  atMs: 20_000,
  opId: 'user1-3',
  before: 10,
  after: 11,
};

it('convicts a target that ended by itself, and says so before the errors that follow', () => {
  const death = 'the target ended by itself with exit code 7 after 3200 ms';
  const refused = error('user1', { status: 0, cause: 'transport', text: 'connection refused' });
  const judgement = judgeLoad(evidence({ deaths: [death] }, [...ERRORS, refused]));
  expect(judgement.verdict).toBe('fail');
  expect(judgement.reasons[0]).toBe(death);
  expect(values(judgement)).toEqual({ unexplained_errors: 2 });
  expect(judgement.metrics.at(-1)?.examples[0]).toBe(death);
  expect(judgeLoad(evidence({ deaths: [death] })).verdict).toBe('fail');
});

describe('convicts', () => {
  const exposed = error('user0');
  it.each<[string, MetricName, LoadEvidence]>([
    [
      'an answer that contradicts its user',
      'isolation_violations',
      evidence({}, [exposed, error('user1', { cause: 'isolation', text: 'answered as user0-4' })]),
    ],
    [
      'an upstream session that served two users',
      'isolation_violations',
      evidence({
        ledger: [...ledgerOf('user0', 'struck', 's'), ...ledgerOf('user1', 'struck', 's')],
      }),
    ],
    [
      'an admitted closed resource, exposed or not',
      'closed_resource_errors',
      evidence({}, [error('user0', { text: 'anyio.ClosedResourceError' })]),
    ],
    [
      'an empty error, exposed or not',
      'empty_errors',
      evidence({}, [error('user0', { text: '' })]),
    ],
    [
      'an error whose reason is missing',
      'empty_errors',
      evidence({}, [error('user0', { text: 'Tool invocation failed: ' })]),
    ],
    [
      'an acknowledged increment that was never applied',
      'lost_or_doubled',
      evidence({ ledger: without('user1-3', 'apply') }),
    ],
    [
      'an increment that was applied twice',
      'lost_or_doubled',
      evidence({ ledger: [...LEDGER, EXTRA_APPLY] }),
    ],
    [
      'an increment that nobody sent',
      'lost_or_doubled',
      evidence({ ledger: [...LEDGER, { ...EXTRA_APPLY, opId: 'user1-99' }] }),
    ],
    [
      'any error of a calm user',
      'unexplained_errors',
      evidence({}, [exposed, error('user1', { text: 'upstream connection closed' })]),
    ],
    [
      'an error of a struck user long after the fault',
      'unexplained_errors',
      evidence({}, [
        exposed,
        error('user0', { fromMs: OFFSET_MS + 9_000, toMs: OFFSET_MS + 9_001 }),
      ]),
    ],
    [
      'a loss told of a session that no fault struck',
      'unexplained_errors',
      evidence({}, [
        exposed,
        error('user0', {
          status: 404,
          text: 'session not found',
          fromMs: OFFSET_MS + 9_000,
          toMs: OFFSET_MS + 9_001,
          sessionSinceMs: OFFSET_MS + 6_000,
        }),
      ]),
    ],
  ])('%s', (_, name, given) => {
    const judgement = judgeLoad(given);
    expect(judgement.verdict).toBe('fail');
    expect(Object.keys(values(judgement))).toContain(name);
  });
});

describe('excuses', () => {
  it('the news that a struck session lost its state, once the fault is over', () => {
    const told = error('user0', {
      opId: 'user0-9',
      status: 404,
      text: 'session not found',
      fromMs: OFFSET_MS + 9_000,
      toMs: OFFSET_MS + 9_001,
    });
    const judgement = judgeLoad(evidence({}, [...ERRORS, told]));
    expect(judgement).toMatchObject({ verdict: 'pass', counts: { lossesTold: 1 } });
  });

  it('a calm user’s request that names no upstream, where both share an endpoint', () => {
    const listing = error('user1', { op: 'tools/list' });
    const errors = [...ERRORS, listing];
    expect(judgeLoad(evidence({ sharesEndpoint: true }, errors)).verdict).toBe('pass');
    expect(judgeLoad(evidence({}, errors)).verdict).toBe('fail');
  });

  it('an undecided increment, applied or not', () => {
    expect(judgeLoad(evidence({ ledger: without('user0-5', 'apply') })).verdict).toBe('pass');
  });

  it('a doubled increment of a target that claims to replay', () => {
    const claims = { ...DEFAULT_CLAIMS, replay: 'may' } as const;
    expect(judgeLoad(evidence({ claims, ledger: [...LEDGER, EXTRA_APPLY] })).verdict).toBe('pass');
  });
});

describe('finds inconclusive', () => {
  const refused = error('user1', { status: 503, cause: 'http', text: 'busy' });
  const lines: readonly LoadLine[] = [user('user0', 'struck', 1), ...ERRORS];
  it.each<[string, string, LoadEvidence]>([
    ['a user that never finished', 'only 1 of 2 users finished', evidence({ lines })],
    ['a fault that touched nothing', 'the faults did not land', evidence({}, [])],
    [
      'a fault that was never confirmed',
      'no fault was ever confirmed',
      evidence({ receipts: [] }, []),
    ],
    [
      'a fault that covered nearly everything',
      'were exposed to a fault',
      evidence({ receipts: [{ ...RECEIPT, requestedAtMs: 0, healedAtMs: 60_000 }] }),
    ],
    ['refusals without a fault', 'the target is full', evidence({}, [...ERRORS, refused])],
    ['the death of our own instrument', 'Toxiproxy died', evidence({ trouble: 'Toxiproxy died' })],
  ])('%s', (_, reason, given) => {
    const { verdict, reasons } = judgeLoad(given);
    expect(verdict).toBe('inconclusive');
    expect(reasons.join('; ')).toContain(reason);
  });

  it('nothing of a target that promises this many users', () => {
    const claims = { ...DEFAULT_CLAIMS, users: 2 };
    const judgement = judgeLoad(evidence({ claims }, [...ERRORS, refused]));
    expect(judgement.verdict).toBe('fail');
    expect(values(judgement)).toEqual({ unexplained_errors: 1 });
  });

  it.each([
    ['our own machine was slow', { noise: { lagMaxMs: 5, probeMaxMs: 800 } }, 'inconclusive'],
    ['it got no processor', { cpuWaitShare: 0.6 }, 'inconclusive'],
    ['it shared two cores with the rest of the run', { cpuWaitShare: 0.3 }, 'fail'],
    ['nothing excuses it', {}, 'fail'],
  ] as const)('a late answer of a target that promises the load, if %s', (_, change, verdict) => {
    const claims = { ...DEFAULT_CLAIMS, users: 2, requestTimeoutMs: 3_000 };
    const late = error('user1', { text: 'no answer in time', toMs: OFFSET_MS + 8_000 });
    expect(judgeLoad(evidence({ claims, ...change }, [...ERRORS, late])).verdict).toBe(verdict);
  });

  it.each([
    ['more users than the target claims', 1, 'inconclusive'],
    ['as many users as the target claims', 2, 'fail'],
  ] as const)('another error beside a refusal under %s', (_, users, verdict) => {
    const claims = { ...DEFAULT_CLAIMS, users };
    const given = evidence({ claims }, [...ERRORS, refused, error('user1')]);
    expect(judgeLoad(given).verdict).toBe(verdict);
  });

  it('no timeout that only struck users suffer after the fault', () => {
    const late = error('user0', {
      cause: 'timeout',
      status: 0,
      fromMs: OFFSET_MS + 8_000,
      toMs: OFFSET_MS + 9_000,
    });
    expect(values(judgeLoad(evidence({}, [...ERRORS, late])))).toEqual({ unexplained_errors: 1 });
  });
});

it('blames nothing on the target once the instrument is lost', () => {
  const given = evidence({ trouble: 'the fixture calm died' }, [error('user1')]);
  expect(judgeLoad(given).verdict).toBe('inconclusive');
});
