import { expect, test } from 'vitest';
import { Story } from '../checks/story-for-test.ts';
import type { NewLine } from '../checks/told-call-for-test.ts';
import { joinLedger } from '../history/join.ts';
import { Ends } from './ends.ts';

const BORN_MS = 100;
const OPENED: NewLine = { kind: 'initialize', epoch: 'e1', session: 's1', nonce: 'n1' };
const FORGET: NewLine = { kind: 'control', epoch: 'e1', command: { kind: 'forget-sessions' } };

/** Whether the upstream session that was opened at 100 ms had ended when the other served, at that time. */
function hadEnded(
  atMs: number,
  lines: readonly (readonly [atMs: number, line: NewLine, upstream?: string])[],
  opened: NewLine | undefined = OPENED,
): boolean {
  const story = new Story();
  if (opened !== undefined) story.line('counter', opened, BORN_MS);
  for (const [whenMs, line, upstream = 'counter'] of lines) story.line(upstream, line, whenMs);
  const { ledger } = story.recording();
  const join = joinLedger([], ledger);
  const [old, other] = ['s1', 's2'].map((session) =>
    join.homeOf({
      kind: 'stream-open',
      upstream: 'counter',
      epoch: 'e1',
      session,
      seq: 0,
      atMs: 0,
    }),
  );
  return new Ends(ledger, join).hadEnded(old, other, atMs);
}

test('a session that nothing happened to had not ended, and it always had in a later life', () => {
  expect(hadEnded(500, [])).toBe(false);
  const old = { key: 'a', upstream: 'counter', epoch: 'e1', session: 's1' };
  const ends = new Ends([], joinLedger([], []));
  expect(ends.hadEnded(old, { ...old, key: 'b', epoch: 'e2' }, 0)).toBe(true);
  expect(ends.hadEnded(old, undefined, 0)).toBe(false);
  expect(ends.hadEnded(undefined, old, 0)).toBe(false);
});

test.each(['delete', 'unknown-session'] as const)(
  'a session had ended from the first %s on',
  (kind) => {
    const about = { epoch: 'e1', known: true, method: 'tools/call', kind };
    const gone: NewLine = { ...about, session: 's1' };
    const ended = (atMs: number): boolean =>
      hadEnded(atMs, [
        [200, gone],
        [300, gone],
      ]);
    expect([199, 200, 250, 400].map(ended)).toEqual([false, true, true, true]);
    // Another session's end, or that of nobody knows whose, says nothing.
    expect(hadEnded(400, [[200, { ...about, session: 's2' }]])).toBe(false);
    expect(hadEnded(400, [[200, about]])).toBe(false);
  },
);

test('no other line of a session ends it', () => {
  const line: NewLine = { kind: 'stream-close', epoch: 'e1', session: 's1' };
  expect(hadEnded(400, [[200, line]])).toBe(false);
});

test('an upstream that forgot all sessions ended those that were open by then', () => {
  const forgotten = (forgotMs: number): boolean => hadEnded(200, [[forgotMs, FORGET]]);
  expect([99, 100, 150, 200, 201].map(forgotten)).toEqual([false, true, true, true, false]);
  // It may do so several times: each ends what was open then.
  expect(
    hadEnded(200, [
      [50, FORGET],
      [150, FORGET],
      [250, FORGET],
    ]),
  ).toBe(true);
  expect(
    hadEnded(200, [
      [50, FORGET],
      [150, FORGET],
      [180, FORGET],
    ]),
  ).toBe(true);
  expect(
    hadEnded(200, [
      [150, FORGET],
      [250, FORGET],
    ]),
  ).toBe(true);
});

test('a session that nobody saw opening may have been open whenever its upstream forgot', () => {
  const opened: NewLine = { kind: 'stream-open', epoch: 'e1', session: 's1' };
  expect(hadEnded(200, [[50, FORGET]], opened)).toBe(true);
  expect(hadEnded(200, [[250, FORGET]], opened)).toBe(false);
});

test('what another upstream forgot, or another command of the control channel, ends nothing', () => {
  expect(hadEnded(200, [[150, FORGET, 'other']])).toBe(false);
  const command = { kind: 'hang', session: 's1' };
  expect(hadEnded(200, [[150, { kind: 'control', epoch: 'e1', command }]])).toBe(false);
});
