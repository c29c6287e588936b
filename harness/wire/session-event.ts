/** Writes a change in a client session's life into the history. The id itself never gets there. */

import { createHash } from 'node:crypto';
import type { SessionEvent } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import type { ClientSession } from './session.ts';

export function recordSession(
  recorder: Recorder,
  session: Pick<ClientSession, 'label' | 'user' | 'id'>,
  what: SessionEvent['what'],
): void {
  const { label, user, id } = session;
  recorder.record({
    kind: 'session',
    session: label,
    what,
    ...(user !== undefined && { user }),
    ...(id !== undefined && { idDigest: digest(id) }),
  });
}

function digest(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 16);
}
