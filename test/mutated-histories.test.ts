/**
 * Sound recordings with one thing gone wrong, at every position where it can: the ledger names exactly
 * that, a check convicts it by that name, and the answers alone never convict what the ledger explains.
 */

import { join as pathOf } from 'node:path';
import { expect, test } from 'vitest';
import {
  appliedOnce,
  noForeignAnswer,
  noSilentReset,
  oneUpstreamSession,
  ownCounter,
} from '../harness/checks/index.ts';
import type { Outcome } from '../harness/history/event.ts';
import type { LedgerEntry } from '../harness/history/ledger.ts';
import type { Operation } from '../harness/history/operation.ts';
import type { AnomalyName, Variant } from '../harness/oracle/anomaly.ts';
import { findAnomalies } from '../harness/oracle/find-anomalies.ts';
import { readBundle } from '../harness/run/read-bundle.ts';
import type { Recorded } from '../harness/run/recorded.ts';
import { recounted, saying, withOutcome } from './mutated-history.ts';
import {
  bookOf,
  evidenceOf,
  isOk,
  moves,
  strays,
  toldOfLoss,
  withLedger,
  type Book,
  type Mutant,
} from './mutated-sessions.ts';

const NAMES = [
  'sound-same-user',
  'sound-refused-thief',
  'sound-broken-answers',
  'sound-two-upstreams',
];
const CHECKS = [appliedOnce, noForeignAnswer, noSilentReset, oneUpstreamSession, ownCounter];

const recordings = await Promise.all(
  NAMES.map(
    async (name) => (await readBundle(pathOf(import.meta.dirname, 'corpus', name))).recorded,
  ),
);

/** Every mutant has these anomalies, under these names, and nothing else; at least one position was tried. */
function everywhere(
  name: AnomalyName,
  mutate: (recorded: Recorded, book: Book) => readonly Mutant[],
  variant?: Variant,
): void {
  let tried = 0;
  for (const recorded of recordings) {
    for (const mutant of mutate(recorded, bookOf(recorded))) {
      const evidence = evidenceOf(recorded, mutant);
      const { anomalies } = findAnomalies(evidence);
      const at = `${recorded.scenario} ${mutant.at}`;
      const named = anomalies.map((one) =>
        variant === undefined ? one.name : `${one.name} ${one.variant}`,
      );
      expect([...new Set(named)], at).toEqual([
        variant === undefined ? name : `${name} ${variant}`,
      ]);
      const judged = CHECKS.map((check) => check.judge(evidence));
      const convicted = judged.flatMap(({ findings }) => findings.map(({ anomaly }) => anomaly));
      expect(convicted, at).toContain(name);
      expect(judged.map(({ ownError }) => ownError).filter(Boolean), at).toEqual([]);
      tried += 1;
    }
  }
  expect(tried).toBeGreaterThan(5);
}

const mayCount = ({ invoke }: Operation): boolean => invoke.tool?.endsWith('increment') === true;

function insertedAfter(ledger: readonly LedgerEntry[], line: LedgerEntry, more: LedgerEntry) {
  return ledger.toSpliced(ledger.indexOf(line) + 1, 0, more);
}

test('nothing is found in the recordings as they are, nor in their recount', () => {
  for (const recorded of recordings) {
    for (const history of [recorded, recounted(recorded)]) {
      expect(findAnomalies(evidenceOf(recorded, history)).anomalies).toEqual([]);
    }
    expect(recounted(recorded).events).toEqual(recorded.events);
  }
});

test('an acknowledged increment that was dropped', () => {
  everywhere('LOST', (recorded, { applies, join }) =>
    applies
      .filter(({ opId }) => isOk(join.operationOf(opId) as Operation))
      .filter(({ opId }) => mayCount(join.operationOf(opId) as Operation))
      .map((line) => ({
        at: line.opId,
        ...withLedger(
          recorded,
          recorded.ledger.filter((other) => other !== line),
        ),
      })),
  );
});

test('an application that was doubled at once', () => {
  everywhere(
    'DUPLICATE',
    (recorded, { applies }) =>
      applies.map((line) => ({
        at: line.opId,
        ...withLedger(recorded, insertedAfter(recorded.ledger, line, line)),
      })),
    'same epoch',
  );
});

test('an application that was doubled after its client had the answer', () => {
  everywhere(
    'DUPLICATE',
    (recorded, { applies, join }) =>
      applies.map((line) => {
        const endMs = (join.operationOf(line.opId) as Operation).endMs;
        const again = { ...line, atMs: endMs + 0.0005 };
        return { at: line.opId, ...withLedger(recorded, [...recorded.ledger, again]) };
      }),
    'late',
  );
});

test('an application that was doubled by the next life of its upstream', () => {
  everywhere(
    'DUPLICATE',
    (recorded, { applies }) =>
      applies.map((line) => {
        const next = { ...line, epoch: 'next', session: 'next-1' };
        return {
          at: line.opId,
          ...withLedger(recorded, insertedAfter(recorded.ledger, line, next)),
        };
      }),
    'across restart',
  );
});

test('two answers that were swapped', () => {
  everywhere('MISROUTED', (recorded, { operations }) => {
    const answered = operations.filter(
      (one) => isOk(one) && one.outcome?.payload?.['opId'] !== undefined,
    );
    return answered.slice(1).map((one, index) => {
      const other = answered[index] as Operation;
      const swapped = withOutcome(recorded, one.invoke.op, () => other.outcome as Outcome);
      return {
        at: `${one.invoke.opId} with ${other.invoke.opId}`,
        ...withOutcome(swapped, other.invoke.op, () => one.outcome as Outcome),
      };
    });
  });
});

test('two applications that were swapped', () => {
  everywhere('ORDER', (recorded, { applies, join }) =>
    applies.flatMap((early) => {
      const first = join.operationOf(early.opId) as Operation;
      const late = applies.find(
        (line) =>
          join.homeOf(line) === join.homeOf(early) &&
          (join.operationOf(line.opId) as Operation).startMs > first.endMs,
      );
      if (late === undefined || !isOk(first)) return [];
      const delayed = { ...early, atMs: late.atMs };
      const others = recorded.ledger.filter((line) => line !== early);
      const at = `${early.opId} after ${late.opId}`;
      return [{ at, ...withLedger(recorded, insertedAfter(others, late, delayed)) }];
    }),
  );
});

test('a session that was reset, because its upstream began a new life or because it was ended', () => {
  everywhere('SILENT_RESET', (recorded, book) =>
    moves(
      recorded,
      book,
      () => 'next',
      () => [],
    ),
  );
  everywhere('SILENT_RESET', (recorded, book) =>
    moves(
      recorded,
      book,
      ({ epoch }) => epoch,
      (old, atMs) => [{ ...old, atMs, kind: 'delete', known: true }],
    ),
  );
});

test('a session that was moved to fresh state while the old lived on', () => {
  everywhere('SESSION_SPLIT', (recorded, book) =>
    moves(
      recorded,
      book,
      ({ epoch }) => epoch,
      () => [],
    ),
  );
});

test('a call that was moved to another session', () => {
  everywhere('FOREIGN', (recorded, book) =>
    strays(recorded, book, (one) => book.join.applicationsOf(one.invoke.opId ?? '').length > 0),
  );
  everywhere('SESSION_SHARED', (recorded, book) =>
    strays(recorded, book, (one) => book.join.applicationsOf(one.invoke.opId ?? '').length === 0),
  );
});

test('a call of a session that had moved on with the next life of its upstream, served by the old one', () => {
  everywhere('SPLIT_BRAIN', (recorded, book) =>
    moves(
      recorded,
      book,
      () => 'next',
      () => [],
    ).flatMap((mutant) => {
      const fresh = mutant.ledger.find((line) => 'session' in line && line.session === 'fresh-1');
      const own = mutant.ledger.filter(
        (line) => line.kind === 'request' && line.session === 'fresh-1',
      );
      const [first, second] = own;
      if (fresh === undefined || first?.kind !== 'request' || second?.kind !== 'request') return [];
      const op = book.join.operationOf(first.opId ?? '') as Operation;
      const back = book.join.operationOf(second.opId ?? '') as Operation;
      if (back.startMs < op.endMs) return [];
      const old = book.calls.find(({ operation }) => operation === op)?.line;
      const { epoch = '', session = '' } = old ?? {};
      const ledger = mutant.ledger.map((line) =>
        'opId' in line && line.opId === back.invoke.opId ? { ...line, epoch, session } : line,
      );
      const events = toldOfLoss(mutant.events, op);
      return [
        { at: `${mutant.at}, back with ${back.invoke.opId}`, ...recounted({ events, ledger }) },
      ];
    }),
  );
});

test('a value that was told wrong by one', () => {
  for (const off of [1, -1]) {
    everywhere('WRONG_VALUE', (recorded, { operations }) =>
      operations
        .filter((one) => isOk(one) && (mayCount(one) || one.invoke.tool === 'get'))
        .map((one) => {
          const value = Number(one.outcome?.payload?.['value']) + off;
          const wrong = withOutcome(recorded, one.invoke.op, (outcome) =>
            saying(outcome, { value }),
          );
          return { at: `${one.invoke.opId}`, ...wrong };
        }),
    );
  }
});

test('an increment that was applied and called refused', () => {
  everywhere('FAILED_BUT_APPLIED', (recorded, { applies, join }) =>
    applies.map(({ opId }) => {
      const { op } = (join.operationOf(opId) as Operation).invoke;
      const refused: Outcome = { type: 'fail', kind: 'http-error', status: 429, message: 'no' };
      return { at: opId, ...withOutcome(recorded, op, () => refused) };
    }),
  );
});

test('an application that nobody asked for', () => {
  everywhere('PHANTOM', (recorded, { applies }) =>
    applies.map((line) => {
      const phantom = { ...line, opId: 'nobody' };
      return {
        at: line.opId,
        ...withLedger(recorded, insertedAfter(recorded.ledger, line, phantom)),
      };
    }),
  );
});
