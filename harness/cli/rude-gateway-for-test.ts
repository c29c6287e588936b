/**
 * A gateway that breaks its word, for the tests of the reports: after a few calls it answers every
 * tool call with an empty error. `node rude-gateway-for-test.ts PORT UPSTREAM_URL`
 */

import { createServer, request, type IncomingMessage } from 'node:http';

const [port = '', upstream = ''] = process.argv.slice(2);
/** Enough for the harness to find it ready. */
const POLITE_CALLS = 1;
let calls = 0;

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const server = createServer((incoming, answer) => {
  void bodyOf(incoming).then((body) => {
    process.stdout.write(`${incoming.method} with ${incoming.headers['x-key'] as string}\n`);
    if (body.includes('"tools/call"') && ++calls > POLITE_CALLS) {
      const { id } = JSON.parse(body.toString()) as { id: unknown };
      answer.writeHead(200, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message: '' } }));
      return;
    }
    const headers = { ...incoming.headers, host: new URL(upstream).host };
    const { method } = incoming;
    const onward = request(upstream, { headers, ...(method !== undefined && { method }) });
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    onward.end(body);
  });
});
server.listen(Number(port), '127.0.0.1');
