import { expect, test } from 'vitest';
import { boundedByRequestTimeout } from './bounded-by-request-timeout.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { broken, timedOut } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

const claims = { requestTimeoutMs: 2_000 };
const error = { outcome: broken('Upstream "counter": no answer within 2000 ms') };

test.each(['blackhole', 'stop', 'hang'] as const)(
  'passes errors at the timeout under %s',
  (kind) => {
    const story = new Story();
    const alice = story.connect('alice/1');
    story.fault({ kind });
    alice.get({ ...error, takes: 2_990 });
    expect(expectPass(boundedByRequestTimeout, story.evidence({ claims })).examined).toBe(1);
  },
);

test('convicts errors, silence and results that come later than the timeout and its grace', () => {
  const story = new Story();
  const alice = story.connect('alice/1').call('hang', { takes: 9_000 });
  story.fault({ kind: 'stop' });
  alice.get({ ...error, takes: 3_001 }).increment(1, { takes: 8_000 });
  expectFindings(
    boundedByRequestTimeout,
    story.evidence({ claims }),
    /hang waited 9000 ms; the claimed request timeout is 2000 ms/,
    /get waited 3001 ms/,
    /increment waited 8000 ms/,
  );
});

test('learns nothing from a client that gave up first, nor from a call that was answered in time', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  story.fault({ kind: 'blackhole' });
  alice
    .get({ outcome: timedOut(1_000), takes: 1_000 })
    .get()
    .get({ outcome: null });
  alice.get({ takes: 5_000, giveUp: { how: 'abort', at: story.nowMs + 5_000 } });
  alice.call('progress', { takes: 9_000 });
  const evidence = story.evidence({ claims });
  expectInconclusive(boundedByRequestTimeout, evidence, /nothing to examine/);
});

test('judges only what was stuck', () => {
  const story = new Story();
  story.connect('alice/1').get({ ...error, takes: 9_000 });
  const evidence = story.evidence({ claims });
  expectInconclusive(boundedByRequestTimeout, evidence, /nothing to examine/);
});

test('is inconclusive on a busy machine, and not applicable without the claim', () => {
  const story = new Story();
  story.connect('alice/1').call('hang', { takes: 9_000 });
  const noise = { lagMaxMs: 0, probeMaxMs: 251 };
  const evidence = story.evidence({ claims, noise });
  expectInconclusive(boundedByRequestTimeout, evidence, /too busy/);
  expect(boundedByRequestTimeout.notApplicable?.(DEFAULT_CLAIMS)).toMatch(
    /claims a request timeout/,
  );
});
