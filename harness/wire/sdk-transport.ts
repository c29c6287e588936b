/** The SDK's transport, telling which id its client gave to the request that it just sent. */

import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { RequestId } from '../history/event.ts';

type SendOptions = Parameters<StreamableHTTPClientTransport['send']>[1];

export class SdkTransport extends StreamableHTTPClientTransport {
  /** Of the last request; a client sends within the call that asks for it. */
  lastRequestId: RequestId = -1;
  /** The last notification on its way. */
  lastNotification: Promise<void> = Promise.resolve();

  override send(message: JSONRPCMessage | JSONRPCMessage[], options?: SendOptions): Promise<void> {
    const sending = super.send(message, options);
    if (!Array.isArray(message) && 'method' in message) {
      if ('id' in message) this.lastRequestId = message.id;
      else this.lastNotification = sending;
    }
    return sending;
  }
}
