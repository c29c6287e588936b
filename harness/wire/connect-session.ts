/** Opens a client session with a target, by whichever client a scenario asked for. */

import type { WireOptions } from './connect-options.ts';
import { connectRaw } from './connect-raw.ts';
import { connectSdk } from './connect-sdk.ts';
import type { ClientSession } from './session.ts';

/** Never rejects for what the target did; see `ClientSession.isOpen`. */
export function connectSession(
  options: WireOptions,
  client: 'raw' | 'sdk' = 'raw',
): Promise<ClientSession> {
  return client === 'sdk' ? connectSdk(options) : connectRaw(options);
}
