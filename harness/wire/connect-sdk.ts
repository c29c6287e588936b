/** The handshake with the official SDK's client. */

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { CLIENT_INFO, CONNECT_DEADLINE_MS, type WireOptions } from './connect-options.ts';
import { SdkSession } from './sdk-session.ts';
import { SdkTransport } from './sdk-transport.ts';
import type { ClientSession } from './session.ts';

export async function connectSdk(options: WireOptions): Promise<ClientSession> {
  const transport = new SdkTransport(options.endpoint, {
    requestInit: { headers: { ...options.headersOf(options.user) } },
    // A reconnect would be a retry of the harness's own.
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
  });
  const session = new SdkSession(options, new Client(CLIENT_INFO), transport);
  await session.open(options.deadlineMs ?? CONNECT_DEADLINE_MS);
  return session;
}
