/** A request that was let in: where it goes, whose it is, and where the answer goes. */

import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.ts';
import type { User } from './users.ts';

/** Streamable HTTP; the stream of HTTP+SSE; where its messages are posted. */
export type EndpointKind = 'mcp' | 'sse' | 'messages';

export interface Visit {
  readonly kind: EndpointKind;
  readonly request: IncomingMessage;
  readonly answer: Answer;
  /** The endpoint's path: a session is known only where it was opened. */
  readonly path: string;
  /** The one upstream of that endpoint; undefined where all are behind it. */
  readonly upstream: string | undefined;
  readonly user: User;
}
