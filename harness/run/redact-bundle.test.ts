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
import type { Check, Finding } from '../checks/check.ts';
import { Story } from '../checks/story-for-test.ts';
import type { HistoryEvent } from '../history/event.ts';
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

/** One answer names a header, and the rest of its line is hidden, a word that convicts among it. */
async function namingAHeader(name: string, said: string): Promise<Recorded> {
  const { recorded } = await corpus(name);
  const at = recorded.events.findIndex((event) => event.kind === 'complete' && event.op >= 3);
  const message = `upstream said: authorization: none; ${said}`;
  const outcome = { type: 'fail', kind: 'tool-error', status: 200, message };
  const event = { ...recorded.events[at], outcome } as unknown as HistoryEvent;
  return { ...recorded, events: recorded.events.with(at, event) };
}

test.each([
  ['keyed-by-user', 10],
  ['get-answers-500', 2],
  ['call-made-up', 1],
])(
  'an answer of %s that names a header costs no other finding, then and later',
  async (name, left) => {
    const recorded = await namingAHeader(name, 'ClosedResourceError');
    const raw = verdictOn(recorded);
    expect(raw.findings).toHaveLength(left + 1);
    const kept = judgeRedacted(recorded, redactorOf([]), verdictOn);
    expect([kept.judged.verdict, kept.judged.exitCode]).toEqual(['fail', 1]);
    const others = raw.findings.filter(({ check }) => check !== 'no-closed-resource-error');
    expect(kept.judged.findings).toEqual(others);
    expect(kept.judged.reason).toMatch(/^what no-closed-resource-error found rests on words/);
    expect(kept.judged.checks).toContainEqual({
      id: 'no-closed-resource-error',
      verdict: 'inconclusive',
      examined: expect.any(Number) as number,
      reason: kept.judged.reason,
    });
    const directory = join(parent, 'b');
    const bundle = { ...(await corpus(name)), ...kept };
    await writeBundle(directory, bundle, redactorOf([]));
    const { now, changes } = await recheck(directory);
    expect(changes.isChanged).toBe(false);
    expect(now).toEqual(kept.judged);
  },
);

test('an answer that names a header and convicts nobody leaves the verdict as it is', async () => {
  const recorded = await namingAHeader('keyed-by-user', 'try again');
  const kept = judgeRedacted(recorded, redactorOf([]), verdictOn);
  expect(kept.judged).toEqual(verdictOn(recorded));
  expect(kept.recorded).not.toHaveProperty('doubts');
});

/** Judges by a word: what is found once it is hidden, and what is found only before. */
function byWord(recorded: Recorded) {
  const isHidden = !JSON.stringify(recorded.events).includes('tell-tale');
  const finding = (...evidence: string[]): Finding => ({
    check: 'wordy',
    requirement: 'ISO-02',
    message: 'a breach',
    evidence,
  });
  const findings = [finding('h1'), finding('h2'), finding(isHidden ? 'h3' : 'h4')];
  const wordy: Check = {
    id: 'wordy',
    title: 'It goes by words',
    requirements: ['ISO-02'],
    judge: () => ({ examined: 3, findings }),
  };
  return judge(recorded, [wordy]);
}

test('what is found only without the hidden words blames nobody, late lines or not', () => {
  const story = new Story();
  story.connect('alice/1').increment(9);
  const outcome = { type: 'fail', kind: 'rpc-error', message: 'tell-tale' } as const;
  story.connect('bob/1').get({ outcome });
  const recorded = recordedForTest(story, { checks: ['wordy'] });
  const kept = judgeRedacted(recorded, redactorOf(['tell-tale']), byWord);
  expect(kept.judged.findings.map(({ evidence }) => evidence.join())).toEqual(['h1', 'h2']);
  expect(kept.judged.checks).toMatchObject([{ id: 'wordy', verdict: 'fail' }]);
  expect(kept.recorded.doubts).toMatchObject({
    checks: ['wordy'],
    findings: [{ check: 'wordy', evidence: ['h3'] }],
  });
  const later = judgeRedacted(kept.recorded, redactorOf(['tell-tale', 'rpc-']), byWord);
  expect(later.judged).toEqual(kept.judged);
});

/** A word convicts, and nothing else does: the failure itself has a fault to blame. */
function convictedByAWord(about: Partial<Recorded> = {}): Recorded {
  const story = new Story();
  const message = 'this session is closed';
  story.connect('alice/1').increment(9);
  const bob = story.connect('bob/1');
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + 10 });
  bob.get({ outcome: { type: 'fail', kind: 'rpc-error', message } });
  return recordedForTest(story, { checks: ['no-closed-resource-error'], ...about });
}

test('where a hidden word was needed to judge, nothing is proven, then and later', () => {
  const recorded = convictedByAWord();
  expect(verdictOn(recorded)).toMatchObject({ verdict: 'fail', findings: [{}] });
  const kept = judgeRedacted(recorded, redactorOf(['closed']), verdictOn);
  expect(kept.judged).toMatchObject({ verdict: 'inconclusive', exitCode: 2, findings: [] });
  expect(kept.judged.reason).toMatch(/give that header another value/);
  expect(verdictOn(kept.recorded)).toEqual(kept.judged);
});

test('a doubt leaves the trouble of the run what it was, and is told first', () => {
  const trouble = { message: 'took too long', exitCode: 2, voidsFindings: false } as const;
  const kept = judgeRedacted(convictedByAWord({ trouble }), redactorOf(['closed']), verdictOn);
  expect(kept.recorded.trouble).toEqual(trouble);
  expect(kept.judged.verdict).toBe('inconclusive');
  expect(kept.judged.reason).toMatch(/hidden in all that is written/);
});
