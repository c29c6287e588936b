/** Upstream sessions as the ledger tells them apart. */

import type { LedgerEntry } from './ledger.ts';

/** One upstream session, unique over upstreams and epochs. */
export interface UpstreamSession {
  readonly key: string;
  readonly upstream: string;
  readonly epoch: string;
  readonly session: string;
}

export function upstreamSessionOf(
  line: LedgerEntry & { readonly session: string },
): UpstreamSession {
  const { upstream, epoch, session } = line;
  return { key: `${upstream}/${epoch}/${session}`, upstream, epoch, session };
}
