/**
 * The white box: history and ledger joined by opId, and everything that does not fit, by name, with
 * the operations and ledger lines that prove it. Complete, and O(n log n). Pure: what a fault or a
 * claim excuses is the checks' business, except that a loss that was told is no anomaly.
 */

import { applicationAnomalies } from './applications.ts';
import { isLedgerAtHand } from '../history/ledger-at-hand.ts';
import { onceFor } from '../history/once-for.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from './anomaly.ts';
import { openCase, type Recording } from './case-file.ts';
import { movesIn, type Move } from './moves.ts';
import { orderAnomalies } from './order.ts';
import { readAnomalies } from './reads.ts';
import { returnsIn } from './returns.ts';
import { routingAnomalies } from './routing.ts';
import { splitBrains } from './split-brain.ts';
import { strangersIn, type Stranger } from './strangers.ts';

export interface Findings {
  /** Each anomaly once, under one name. */
  readonly anomalies: readonly Anomaly[];
  /** Calls in another client session's upstream session: the FOREIGN and SESSION_SHARED of `anomalies`. */
  readonly strangers: readonly Stranger[];
  /** Every untold move, those into or out of another client's upstream session among them. */
  readonly moves: readonly Move[];
}

/** Found once for each recording, however many checks ask. */
export const findAnomalies = onceFor((recording: Recording): Findings => {
  const open = openCase(recording);
  const routing = routingAnomalies(open);
  // What came out of another call says nothing of this one.
  const astray = new Set(
    routing.filter(({ variant }) => variant !== 'id').map(({ operations }) => operations[0]),
  );
  const about = { ...open, hasOwnAnswer: (operation: Operation) => !astray.has(operation) };
  const strangers = strangersIn(about);
  const moves = movesIn(about, strangers);
  return isLedgerAtHand(recording)
    ? {
        strangers,
        moves,
        anomalies: [
          ...applicationAnomalies(about),
          ...strangers,
          ...routing,
          // A move that a stranger explains is told there.
          ...moves.filter(({ name }) => name === 'SILENT_RESET' || name === 'SESSION_SPLIT'),
          ...returnsIn(about).filter((one) => !moves.some((move) => isSameMover(one, move))),
          ...splitBrains(about),
          ...orderAnomalies(about),
          ...readAnomalies(about),
        ],
      }
    : byAnswers(routing, moves);
});

/** A move that was not told is worse news of the same. */
function isSameMover(one: Anomaly, move: Move): boolean {
  return one.session === move.session && one.upstream === move.upstream;
}

/** Without a ledger: what the answers say of themselves. Whether old state lived on nobody knows. */
function byAnswers(routing: readonly Anomaly[], moves: readonly Move[]): Findings {
  const resets = moves.map((move): Move => ({ ...move, name: 'SILENT_RESET' }));
  return { strangers: [], moves: resets, anomalies: [...routing, ...resets] };
}
