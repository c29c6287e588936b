/** The official reference server as a child process, over the HTTP+SSE transport or its standard streams. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const SERVER = fileURLToPath(
  new URL(
    '../../node_modules/@modelcontextprotocol/server-everything/dist/index.js',
    import.meta.url,
  ),
);

/** It would listen on all interfaces, on a port that it does not tell. */
const LOOPBACK = `data:text/javascript,${encodeURIComponent(`
  import { Server } from 'node:net';
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (...given) {
    this.once('listening', () => console.log(this.address().port));
    return listen.call(this, 0, '127.0.0.1', given.at(-1));
  };
`)}`;

/** The fields of an upstream that the gateway starts itself. */
export const everythingStdio = {
  transport: 'stdio',
  command: process.execPath,
  args: [SERVER, 'stdio'],
} as const;

/** Its event stream's URL; it runs until it is disposed of. */
export async function startEverythingSse(): Promise<AsyncDisposable & { readonly url: string }> {
  const child = spawn(process.execPath, ['--import', LOOPBACK, SERVER, 'sse'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const dispose = async (): Promise<void> => {
    child.kill('SIGKILL');
    await until('the reference server to die', hasExited);
  };
  try {
    await until('the reference server to listen', () => said.includes('\n'), 15_000);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { url: `http://127.0.0.1:${Number(said)}/sse`, [Symbol.asyncDispose]: dispose };
}
