import { expect, it } from 'vitest';
import { brokenPromises, TIMEOUT_TOLERANCE_MS } from './broken-promises.ts';
import type { Measured } from './victim.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import { REQUEST_TIMEOUT_MS, UPSTREAM_FAILURES } from './upstream-failures.ts';

const FAILURE: UpstreamFailure = {
  id: 'cut',
  what: 'cuts the call',
  strike: { call: 'reset-before' },
  endedBy: 'break',
  ending: { kind: 'error', reason: 'broken', maybeApplied: true },
  applied: 1,
  afterwards: 'goes on',
};

const KEPT: Measured = {
  ending: { kind: 'error', reason: 'broken', maybeApplied: true },
  text: 'Upstream "struck": cut; the request may have been carried out',
  ms: 10,
  applied: 1,
  outcomes: 1,
  afterwards: 'goes on',
  siblingError: undefined,
  sessionId: 's-1',
};

function sentences(change: Partial<Measured>, failure: Partial<UpstreamFailure> = {}): string {
  const all = [KEPT, { ...KEPT, ...change }];
  return brokenPromises({ ...FAILURE, ...failure }, all, { errors: [] }, ['10.0.0.1']).join('\n');
}

it('finds nothing where everything is as promised', () => {
  expect(sentences({})).toBe('');
});

it.each<[string, Partial<Measured>]>([
  ['ended with: error timeout', { ending: { ...KEPT.ending, reason: 'timeout' } }],
  ['ended with: unclear', { ending: { kind: 'unclear' } }],
  [
    'error broken, not applied, not error broken, maybe',
    { ending: { ...KEPT.ending, maybeApplied: false } },
  ],
  ['session: ended, not goes on', { afterwards: 'ended' }],
  ['times applied: 2, not 1', { applied: 2 }],
  ['times applied: 0, not 1', { applied: 0 }],
  ['outcomes: 2, not 1', { outcomes: 2 }],
  ['outcomes: 0, not 1', { outcomes: 0 }],
  ['sibling got: timeout', { siblingError: 'timeout' }],
  ['took 2100 ms', { ms: 2_100 }],
  ['no text', { text: ' ' }],
  ['does not name the upstream', { text: 'it may have been carried out' }],
  ['does not say whether', { text: 'Upstream "struck": cut' }],
  ['says 10.0.0.1', { text: `${KEPT.text} at 10.0.0.1` }],
  ['says s-1', { text: `${KEPT.text} in s-1` }],
])('finds: %s', (sentence, change) => {
  expect(sentences(change)).toContain(sentence);
});

it('finds a call that was applied though its error denies it', () => {
  const ending = { kind: 'error', reason: 'refused', maybeApplied: false } as const;
  const text = 'Upstream "struck": no; the request was not carried out';
  expect(sentences({ ending, text }, { ending })).toContain('was not carried out, and it was');
});

it('bounds what ends by the request timeout on both sides', () => {
  const timed = { endedBy: 'timeout' } as const;
  expect(sentences({ ms: REQUEST_TIMEOUT_MS }, timed)).toContain('took 10 ms');
  const latest = REQUEST_TIMEOUT_MS + TIMEOUT_TOLERANCE_MS;
  expect(sentences({ ms: latest + 1 }, timed)).toContain(`took ${latest + 1} ms`);
});

it('finds what befell the neighbours', () => {
  const found = brokenPromises(FAILURE, [KEPT], { errors: ['n got an error'] }, []);
  expect(found).toEqual(['cut: n got an error']);
});

it('has an id of its own for every failure', () => {
  const ids = Object.values(UPSTREAM_FAILURES).flatMap((group) => group.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});
