/**
 * A connection of our own on the path that a fault strikes. How it ends is how the fault ends
 * connections: what an API says of itself, the wire either shows or does not.
 */

import { connect, type Socket } from 'node:net';
import { within } from '../lifecycle/deadline.ts';

const CONNECT_TIMEOUT_MS = 2000;
/** A fault that ends connections ends them at once; one that has not by then is not waited for. */
const END_TIMEOUT_MS = 1000;

export class WireWitness implements Disposable {
  readonly #socket: Socket;
  readonly #ended: Promise<'FIN' | 'RST'>;

  /** Undefined where no connection can be made: another fault got there first. */
  static async open(port: number): Promise<WireWitness | undefined> {
    const socket = connect({ port, host: '127.0.0.1' });
    const opened = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const witness = new WireWitness(socket);
    try {
      await within(CONNECT_TIMEOUT_MS, `a connection to port ${port}`, opened);
      return witness;
    } catch {
      witness[Symbol.dispose]();
      return undefined;
    }
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#ended = new Promise((resolve) => {
      socket.once('end', () => resolve('FIN'));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve('RST');
      });
    });
    socket.resume();
  }

  /** For faults that wait for the first byte. It never reaches the fixture where they do. */
  sendByte(): void {
    this.#socket.write(' ');
  }

  /** How it ended; undefined if it is still open after a second. */
  ended(): Promise<'FIN' | 'RST' | undefined> {
    return within(END_TIMEOUT_MS, 'our own connection to end', this.#ended).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** In the words of a receipt: nothing where nothing was witnessed. */
export async function witnessed(
  witness: WireWitness | undefined,
  what: string,
): Promise<readonly string[]> {
  const end = await witness?.ended();
  return end === undefined ? [] : [`${what} ended with ${end}`];
}
