import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bundle } from './bundle.ts';
import { changesBetween } from './changes.ts';
import { judge } from './judge.ts';
import { readBundle } from './read-bundle.ts';
import { checksNamed, recheck } from './recheck.ts';
import { bundleForTest, recordedForTest } from './recorded-for-test.ts';
import type { Recorded } from './recorded.ts';
import { judgeRedacted, redactBundle } from './redact-bundle.ts';
import { writeBundle } from './write-bundle.ts';
import { Story } from '../checks/story-for-test.ts';
import { packageRoot } from '../paths.ts';
import { redactorOf } from '../report/redact.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'redacted-'));
});
afterEach(() => rm(parent, { recursive: true }));

function verdictOn(recorded: Recorded) {
  return judge(recorded, checksNamed(recorded.checks));
}

const corpus = (name: string): Promise<Bundle> =>
  readBundle(join(packageRoot, 'test/corpus', name));

/** Whatever stands in its files and is long enough to be taken for a secret, alone and in pieces. */
function wordsIn(bundle: Bundle): readonly string[] {
  const text = JSON.stringify(bundle);
  const words = [/[a-z]+/gi, /\d+/g, /[\w/-]+/g].flatMap((of) => text.match(of) ?? []);
  return [...new Set(words)].filter((word) => word.length >= 4);
}

test.each(['sound-same-user', 'shared-upstream-session'])(
  'whatever a header holds, what is kept of %s is judged as the run was',
  async (name) => {
    const bundle = await corpus(name);
    const then = verdictOn(bundle.recorded);
    const words = wordsIn(bundle);
    expect(words.length).toBeGreaterThan(100);
    for (const word of [...words, 'true', 'null', '1000', 'kind', 'verdict']) {
      const redactor = redactorOf([word]);
      const { recorded, judged } = judgeRedacted(bundle.recorded, redactor, verdictOn);
      expect(changesBetween(then, judged).isChanged, word).toBe(false);
      const kept = redactBundle({ ...bundle, recorded, judged }, redactor);
      expect(Object.keys(kept.recorded), word).toEqual(Object.keys(bundle.recorded));
      expect(changesBetween(kept.judged, verdictOn(kept.recorded)).isChanged, word).toBe(false);
    }
  },
);

test.each(['true', '1000', 'tools', 'apply', 'increment', 'pass', 'schema', 'kind', 'alice'])(
  'a bundle of a run with the header value "%s" is read and judged again',
  async (value) => {
    const directory = join(parent, 'b');
    const bundle = await corpus('sound-same-user');
    await writeBundle(directory, bundle, redactorOf([value]));
    const { now, changes } = await recheck(directory);
    expect([now.verdict, changes.isChanged]).toEqual(['pass', false]);
  },
);

function echoing(secret: string): Recorded {
  const story = new Story();
  story
    .connect('alice/1')
    .increment(9)
    .increment(1, { payload: { headers: { 'x-client': secret }, [secret]: 1, opId: secret } });
  const message = `${secret} may not`;
  story.connect('bob/1').get({ outcome: { type: 'fail', kind: 'rpc-error', message } });
  const recorded = recordedForTest(story);
  const [first, ...others] = recorded.ledger;
  if (first === undefined) throw new Error('the ledger is empty');
  return {
    ...recorded,
    ledger: [first, ...others.map((line) => ({ ...line, requestId: secret }))],
  };
}

test('what a target made of a secret is kept nowhere, in keys and ids no less than in texts', () => {
  const { recorded } = judgeRedacted(echoing('hunter22'), redactorOf(['hunter22']), verdictOn);
  expect(JSON.stringify(recorded)).not.toContain('hunter22');
  const bundle = bundleForTest(echoing('hunter22'), checksNamed(['own-counter']));
  expect(JSON.stringify(redactBundle(bundle, redactorOf(['hunter22'])))).not.toContain('hunter22');
});

test('where a hidden word was needed to judge, nothing is proven, then and later', () => {
  const story = new Story();
  const message = 'this session is closed';
  story.connect('alice/1').increment(9);
  story.connect('bob/1').get({ outcome: { type: 'fail', kind: 'rpc-error', message } });
  const recorded = recordedForTest(story, { checks: ['no-closed-resource-error'] });
  expect(verdictOn(recorded).verdict).toBe('fail');
  const kept = judgeRedacted(recorded, redactorOf(['closed']), verdictOn);
  expect(kept.judged).toMatchObject({ verdict: 'inconclusive', exitCode: 2, findings: [] });
  expect(kept.judged.reason).toMatch(/give that header another value/);
  expect(verdictOn(kept.recorded)).toEqual(kept.judged);
});
