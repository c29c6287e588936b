import { expect, test } from 'vitest';
import { appliedOnce } from './applied-once.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { noEmptyError } from './no-empty-error.ts';
import { broken, timedOut } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';

test('passes errors with a reason, and ends that no target worded', () => {
  const story = new Story();
  const alice = story
    .connect('alice/1')
    .increment()
    .get({ outcome: broken('reason: none left') });
  alice.call('fail').get({ outcome: timedOut() });
  alice.get({ outcome: { type: 'info', kind: 'transport-error', message: '' } });
  alice.get({ outcome: { type: 'fail', kind: 'http-error', status: 404, message: '' } });
  expect(expectPass(noEmptyError, story.evidence()).examined).toBe(8);
});

test.each([
  '',
  '  ',
  'Tool invocation failed: ',
  'failed:\n',
  'None',
  'reason: undefined',
  '[object Object]',
])('convicts %j as rpc-error and as tool-error', (message) => {
  const story = new Story();
  const alice = story.connect('alice/1').get({ outcome: broken(message) });
  alice.get({ outcome: { type: 'info', kind: 'tool-error', status: 200, message } });
  expectFindings(
    noEmptyError,
    story.evidence(),
    /get failed without a reason: rpc-error HTTP 200 -32603/,
    /get failed without a reason: tool-error HTTP 200/,
  );
});

test('convicts an error without any text', () => {
  const story = new Story();
  story.connect('alice/1').get({ outcome: { type: 'info', kind: 'tool-error', status: 200 } });
  expectFindings(noEmptyError, story.evidence(), /without a reason/);
});

const ANSWERED = { type: 'ok', kind: 'result', status: 200 } as const;

test.each([
  ['get', undefined, 'its answer has no value'],
  ['get', {}, 'its answer has no value'],
  ['get', { value: '2' }, 'its answer has the value "2"'],
  ['get', { value: null }, 'its answer has the value null'],
  ['progress', undefined, 'its answer has no value'],
  ['echo', undefined, 'its answer has no tag'],
  ['echo', { tag: 7 }, 'its answer has the tag 7'],
  ['whoami', undefined, 'its answer has no headers'],
  ['break', undefined, 'its answer has no value'],
  ['fail', undefined, 'this tool never succeeds'],
  ['hang', { value: 1 }, 'this tool never succeeds'],
])('convicts a %s that was answered as a success with %j', (tool, payload, why) => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  alice.call(tool, { outcome: { ...ANSWERED, ...(payload && { payload }) }, applied: 0 });
  // That a fault could have touched it explains an error, and no success.
  story.fault({ kind: 'down', requestedAtMs: 0 });
  expectFindings(
    noEmptyError,
    story.evidence(),
    new RegExp(`alice/1 tools/call ${tool} was told that it succeeded, and ${why}$`),
  );
});

test('passes every success with its content, and what no content was promised for', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment().get().call('progress').call('echo');
  alice.call('whoami').call('slow_increment');
  alice.call('break', { outcome: { ...ANSWERED, payload: { value: 3 } }, how: 'reset-after' });
  alice.call('of-another-server', { outcome: ANSWERED }).request('ping', { outcome: ANSWERED });
  alice.get({ outcome: null });
  expectPass(noEmptyError, story.evidence());
});

test('leaves alone what was given up, and what a thief was told', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const giveUp = { how: 'cancel', at: story.nowMs + 1 } as const;
  alice.get({ giveUp, outcome: ANSWERED });
  alice.get({ invoke: { hostile: true }, outcome: ANSWERED });
  expectPass(noEmptyError, story.evidence());
});

test('leaves increments to the ledger, where there is one that says what became of them', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(1, { outcome: ANSWERED });
  alice.increment(1, { outcome: ANSWERED, by: [] }).call('break', { outcome: ANSWERED });
  const evidence = story.evidence();
  expectPass(noEmptyError, evidence);
  expect(appliedOnce.judge(evidence).findings.map(({ anomaly }) => anomaly)).toEqual([
    'WRONG_VALUE',
    'LOST',
    'WRONG_VALUE',
  ]);
  const three = Array.from(
    { length: 3 },
    () => /was told that it succeeded, and its answer has no/,
  );
  expectFindings(noEmptyError, { ...evidence, ledger: [], hasNoLedger: true }, ...three);
  expectFindings(noEmptyError, story.evidence({ claims: { replay: 'may' } }), ...three);
});

test('is inconclusive where nothing was asked', () => {
  expectInconclusive(noEmptyError, new Story().evidence(), /nothing to examine/);
});

test('convicts headers that are nothing', () => {
  const story = new Story();
  story.connect('alice/1').call('whoami', { payload: { headers: null } });
  expectFindings(noEmptyError, story.evidence(), /has the headers null/);
});
