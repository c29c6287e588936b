/** Upstream sessions by the state that answers name: the nonce and the epoch that each was opened with. */

import type { Operation } from '../history/operation.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';
import type { CaseFile } from './case-file.ts';

export interface States {
  /** The same for all answers out of one state; those that name none have one in common. */
  readonly keyOf: (answered: Operation) => string;
  /** Undefined for one that was not opened while the ledger was written. */
  readonly homeAt: (key: string) => UpstreamSession | undefined;
}

export function statesIn({ ledger, join }: CaseFile): States {
  const opened = new Map<string, UpstreamSession>();
  for (const line of ledger) {
    if (line.kind === 'initialize') opened.set(stateKey(line.upstream, line), join.homeOf(line));
  }
  return {
    keyOf: ({ invoke, outcome }) => stateKey(invoke.upstream, outcome?.payload ?? {}),
    homeAt: (key) => opened.get(key),
  };
}

function stateKey(
  upstream: string | undefined,
  state: { readonly epoch?: unknown; readonly nonce?: unknown },
): string {
  return JSON.stringify([upstream, state.epoch, state.nonce]);
}
