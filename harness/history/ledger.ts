/**
 * The fixture's own record, as the harness reads it. One JSON object a line, in the order in which
 * things happened; the fixture writes a line before the effect can be seen by anybody.
 */

import { InstrumentLostError } from '../errors.ts';
import type { RequestId } from './event.ts';

interface LedgerBase {
  /** From 0 in each process life of a fixture. */
  readonly seq: number;
  /** Milliseconds on the machine's monotonic clock. */
  readonly atMs: number;
  /** One process life of the fixture; visible in every answer. */
  readonly epoch: string;
}

interface InSession {
  /** The fixture's Mcp-Session-Id of the upstream session. */
  readonly session: string;
}

interface OfCall extends InSession {
  readonly requestId: RequestId;
  readonly opId?: string;
  readonly tool?: string;
}

export type LedgerLine =
  | (LedgerBase & { readonly kind: 'start'; readonly pid: number })
  | (LedgerBase & { readonly kind: 'stop' })
  | (LedgerBase & InSession & { readonly kind: 'initialize'; readonly nonce: string })
  | (LedgerBase & OfCall & { readonly kind: 'request'; readonly method: string })
  | (LedgerBase &
      InSession & {
        readonly kind: 'apply';
        readonly opId: string;
        readonly before: number;
        readonly after: number;
      })
  /** The whole answer was handed to the socket. */
  | (LedgerBase & OfCall & { readonly kind: 'answer' })
  /** The caller's connection closed before the answer was complete. */
  | (LedgerBase & OfCall & { readonly kind: 'disconnect'; readonly how?: 'FIN' | 'RST' })
  /** A `notifications/cancelled`: `requestId` is what it carried, `opId` the call in flight it names, if any. */
  | (LedgerBase & OfCall & { readonly kind: 'cancel'; readonly matched: boolean })
  /** The fixture broke this call on purpose. */
  | (LedgerBase & OfCall & { readonly kind: 'break'; readonly how: string })
  | (LedgerBase & { readonly kind: 'delete'; readonly session?: string; readonly known: boolean })
  /** A request for a session that does not exist here: answered 404. */
  | (LedgerBase & {
      readonly kind: 'unknown-session';
      readonly method: string;
      readonly session?: string;
    })
  | (LedgerBase & InSession & { readonly kind: 'stream-open' | 'stream-close' })
  /** A command of the control channel was carried out. */
  | (LedgerBase & {
      readonly kind: 'control';
      readonly command: Readonly<Record<string, unknown>>;
    });

/** A ledger line with the scenario's name of the upstream it came from. */
export type LedgerEntry = LedgerLine & { readonly upstream: string };

/**
 * The entries of one ledger file. A last line without its newline is cut off: the fixture was
 * killed inside the write, and nothing that followed from it can have been seen.
 * @throws {InstrumentLostError} naming any other line that cannot be read.
 */
export function parseLedger(upstream: string, text: string): readonly LedgerEntry[] {
  const end = text.lastIndexOf('\n');
  if (end < 0) return [];
  return text
    .slice(0, end)
    .split('\n')
    .flatMap((line, index) =>
      line === '' ? [] : [{ ...parseLine(upstream, line, index), upstream }],
    );
}

function parseLine(upstream: string, line: string, index: number): LedgerLine {
  try {
    return JSON.parse(line) as LedgerLine;
  } catch (cause) {
    throw new InstrumentLostError(`line ${index + 1} of the ledger of ${upstream} is no JSON`, {
      cause,
    });
  }
}
