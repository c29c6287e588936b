/** A session over the standard streams of a child process, which lives for this session alone. */

import { Failure } from '../jsonrpc/failure.ts';
import type { Message } from '../jsonrpc/message.ts';
import { ChannelSession, type Sending } from './channel-session.ts';
import type { ProcessGroup } from './process-group.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

export class StdioSession extends ChannelSession {
  #process: ProcessGroup | undefined;

  protected async connect(): Promise<void> {
    this.#process = this.host.processes.start(this.upstream, this.downstream.id, {
      line: (bytes) => this.received(bytes),
      ended: (detail) => this.lose(detail),
    });
    await this.#process.started;
  }

  protected async disconnect(): Promise<void> {
    await this.#process?.end();
  }

  protected post(message: Message): Sending {
    const wasSent = this.#process?.write(oneLine(message.bytes)) === true;
    const detail = 'its process does not take what it is sent';
    const accepted = wasSent
      ? Promise.resolve()
      : Promise.reject(new Failure('unreachable', this.name, detail));
    return { wasSent, accepted, abort: () => {} };
  }
}

/** JSON text has line breaks only where a space means the same. */
function oneLine(bytes: Buffer): Buffer {
  const isOneLine = !bytes.includes(LINE_FEED) && !bytes.includes(CARRIAGE_RETURN);
  const line = Buffer.alloc(bytes.length + 1, bytes);
  if (!isOneLine) {
    for (const [index, byte] of line.entries()) {
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) line[index] = SPACE;
    }
  }
  line[bytes.length] = LINE_FEED;
  return line;
}
