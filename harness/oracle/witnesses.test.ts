/** What each anomaly is told with: to whom it befell, and the very operations and lines that prove it. */

import { expect, test } from 'vitest';
import { broken, timedOut } from '../checks/outcomes-for-test.ts';
import { homeOf, Story } from '../checks/story-for-test.ts';
import { ledgerRef, opRef } from '../history/join.ts';
import { findAnomalies } from './find-anomalies.ts';

/** One line an anomaly: its name, whose, where, and its proof. */
function told(story: Story): readonly string[] {
  return findAnomalies(story.evidence()).anomalies.map((one) =>
    [
      one.variant === undefined ? one.name : `${one.name} ${one.variant}`,
      `of ${one.session || 'nobody'}`,
      'upstream' in one ? `at ${one.upstream}` : 'nowhere',
      `by ${[...one.operations.map(opRef), ...one.lines.map(ledgerRef), ...(one.events ?? []).map((seq) => `event ${seq}`)].join(' ')}`,
    ].join(' '),
  );
}

function movesTold(story: Story): readonly unknown[] {
  return findAnomalies(story.evidence()).moves.map(
    ({ name, session, to, served, answered, operations }) => ({
      name,
      session,
      to: to?.key,
      served: served && [opRef(served.from.operation), opRef(served.to.operation)],
      answered: answered && [opRef(answered.before), opRef(answered.fresh)],
      operations: operations.map(opRef),
    }),
  );
}

test('applications', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  alice.increment(1, { applied: 0 }).increment(1, { applied: 2 });
  alice.increment(1, {
    outcome: { type: 'fail', kind: 'rpc-error' },
    by: [homeOf(alice)],
    applied: 1,
  });
  const about = { before: 4, after: 5, epoch: 'e1', session: homeOf(alice).session } as const;
  story.line('counter', { kind: 'apply', opId: 'nobody', ...about });
  expect(told(story)).toMatchInlineSnapshot(`
    [
      "PHANTOM of nobody at counter by counter#e1.12",
      "LOST of alice/1 at counter by h7",
      "DUPLICATE same epoch of alice/1 at counter by h9 counter#e1.7 counter#e1.8",
      "FAILED_BUT_APPLIED of alice/1 at counter by h11 counter#e1.11",
    ]
  `);
});

test.each(['timeout', 'aborted', 'cancelled'] as const)(
  'what is applied again after a %s is not late: nobody had an answer',
  (kind) => {
    const story = new Story();
    const alice = story.connect('alice/1');
    alice.increment(1, { outcome: { type: 'info', kind }, invoke: { opId: 'mine' } });
    const { epoch, session } = homeOf(alice);
    const again = { kind: 'apply', opId: 'mine', before: 1, after: 2, epoch, session } as const;
    story.wait(500).line('counter', again);
    expect(told(story)).toEqual([expect.stringMatching(/^DUPLICATE same epoch /)]);
  },
);

test('applied at two upstreams is across no restart, whatever lives they are in', () => {
  const story = new Story(['counter', 'other']).restart('other');
  const alice = story.connect('alice/1');
  const both = [homeOf(alice), homeOf(alice, 'other')];
  alice.increment(1, { by: both, outcome: timedOut() });
  expect(told(story)).toMatchInlineSnapshot(`
    [
      "DUPLICATE same epoch of alice/1 at other by h5 counter#e1.2 other#e2.3",
    ]
  `);
});

test('moves side by side', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  story.move(alice);
  alice.increment(2);
  expect(told(story)).toMatchInlineSnapshot(`
    [
      "SESSION_SPLIT of alice/1 at counter by h9 h5 counter#e1.1 counter#e1.8",
    ]
  `);
  expect(movesTold(story)).toMatchInlineSnapshot(`
    [
      {
        "answered": [
          "h5",
          "h9",
        ],
        "name": "SESSION_SPLIT",
        "operations": [
          "h9",
          "h5",
        ],
        "served": [
          "h5",
          "h9",
        ],
        "session": "alice/1",
        "to": "counter/e1/s2",
      },
    ]
  `);
});

test('a move that only the ledger shows, and one that only the answers show', () => {
  const ledger = new Story();
  const alice = ledger.connect('alice/1').call('echo');
  ledger.move(alice);
  alice.call('echo', { outcome: broken() }).call('echo');
  expect(told(ledger)).toMatchInlineSnapshot(`
    [
      "SESSION_SPLIT of alice/1 at counter by h9 h5 counter#e1.1 counter#e1.4",
    ]
  `);
  expect(movesTold(ledger)).toMatchInlineSnapshot(`
    [
      {
        "answered": [
          "h5",
          "h9",
        ],
        "name": "SESSION_SPLIT",
        "operations": [
          "h9",
          "h5",
        ],
        "served": [
          "h5",
          "h7",
        ],
        "session": "alice/1",
        "to": "counter/e1/s2",
      },
    ]
  `);

  const answers = new Story();
  const bob = answers.connect('bob/1').increment(2);
  answers.restart();
  answers.move(bob);
  bob.get().increment();
  expect(told(answers)).toMatchInlineSnapshot(`
    [
      "SILENT_RESET of bob/1 at counter by h9 h5 counter#e2.2",
    ]
  `);
  expect(movesTold(answers)).toMatchInlineSnapshot(`
    [
      {
        "answered": [
          "h5",
          "h9",
        ],
        "name": "SILENT_RESET",
        "operations": [
          "h9",
          "h5",
        ],
        "served": undefined,
        "session": "bob/1",
        "to": "counter/e2/s2",
      },
    ]
  `);
});

test('one who moves twice is told twice', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  story.move(alice);
  alice.increment();
  story.move(alice);
  alice.increment();
  expect(told(story)).toMatchInlineSnapshot(`
    [
      "SESSION_SPLIT of alice/1 at counter by h7 h5 counter#e1.1 counter#e1.5",
      "SESSION_SPLIT of alice/1 at counter by h9 h7 counter#e1.5 counter#e1.9",
    ]
  `);
  expect(movesTold(story)).toMatchInlineSnapshot(`
    [
      {
        "answered": [
          "h5",
          "h7",
        ],
        "name": "SESSION_SPLIT",
        "operations": [
          "h7",
          "h5",
        ],
        "served": [
          "h5",
          "h7",
        ],
        "session": "alice/1",
        "to": "counter/e1/s2",
      },
      {
        "answered": [
          "h7",
          "h9",
        ],
        "name": "SESSION_SPLIT",
        "operations": [
          "h9",
          "h7",
        ],
        "served": [
          "h7",
          "h9",
        ],
        "session": "alice/1",
        "to": "counter/e1/s3",
      },
    ]
  `);
});

test('what a fault took with it says nothing of where a session lives', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + 500 });
  const elsewhere = story.home();
  alice.increment(1, { by: [elsewhere], outcome: broken(), applied: 0 });
  story.wait(1_000);
  alice.increment();
  expect(told(story)).toEqual([]);
});

test('answers and requests that went astray', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').increment(1, { invoke: { opId: 'mine' } });
  const bob = story.connect('bob/1').increment();
  bob.get({ payload: { opId: 'mine' } }).get({ payload: { opId: 7 } });
  alice.call('echo', { payload: { nonce: homeOf(bob).nonce } });
  alice.call('whoami', { upstream: 'counter', by: [homeOf(alice, 'other')] });
  story.fact('foreign-answer', { session: 'alice/1', op: 1, requestId: 1, answeredId: 2 });
  story.fact('foreign-answer', { session: 'alice/1', op: 99, requestId: 1, answeredId: 2 });
  expect(told(story)).toMatchInlineSnapshot(`
    [
      "MISROUTED id of alice/1 nowhere by h0 event 22",
      "MISROUTED id of alice/1 nowhere by event 23",
      "MISROUTED answer of bob/1 at counter by h14 h5",
      "MISROUTED answer of bob/1 at counter by h16",
      "MISROUTED session of alice/1 at counter by h18 counter#e1.4",
      "MISROUTED upstream of alice/1 at counter by h20 other#e1.2",
    ]
  `);
});

test('strangers, wrong values, and two lives at once', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3);
  const bob = story.connect('bob/1').increment();
  bob.increment(2, { by: [homeOf(alice)] }).increment();
  alice.call('get', { payload: { value: 9 } });
  expect(told(story)).toMatchInlineSnapshot(`
    [
      "FOREIGN of bob/1 at counter by h18 h20 counter#e1.15 counter#e1.18",
      "WRONG_VALUE of alice/1 at counter by h24 counter#e1.23",
    ]
  `);

  const split = new Story();
  const carol = split.connect('carol/1').increment(2);
  const old = homeOf(carol);
  split.restart();
  split.move(carol);
  carol.increment().get({ by: [old] });
  expect(told(split)).toMatchInlineSnapshot(`
    [
      "SILENT_RESET of carol/1 at counter by h9 h5 counter#e2.2",
      "SPLIT_BRAIN of carol/1 at counter by h11 h9 counter#e1.7 counter#e2.2",
    ]
  `);
});
