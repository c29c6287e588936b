/**
 * Whose a line of the ledger is, told by the beginning of its opId: each job of a run has one of its
 * own, and so have the calls that ask whether a target is ready.
 */

import type { LedgerEntry } from '../history/ledger.ts';
import { READY_OP_PREFIX } from '../target/ready.ts';

export class OpPrefixes {
  readonly #issued = new Set([READY_OP_PREFIX]);

  /** For the calls of the job with that number. */
  issue(job: number): string {
    const prefix = `${job}:`;
    this.#issued.add(prefix);
    return prefix;
  }

  /** Undefined for an opId that nobody of this run can have sent. */
  of(opId: string): string | undefined {
    const prefix = opId.slice(0, opId.indexOf(':') + 1);
    return this.#issued.has(prefix) ? prefix : undefined;
  }

  /** What other calls of the run left belongs to their late join; what nobody sent belongs to whoever sees it. */
  withoutOthers(ledger: readonly LedgerEntry[], own: string): readonly LedgerEntry[] {
    return ledger.filter((line) => {
      const opId = 'opId' in line ? line.opId : undefined;
      return opId === undefined || (this.of(opId) ?? own) === own;
    });
  }
}
