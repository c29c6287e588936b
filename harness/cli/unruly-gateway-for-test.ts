/**
 * A gateway that forwards honestly and ends badly, for the tests of how a target ends.
 * `node unruly-gateway-for-test.ts PORT UPSTREAM_URL MANNER`, and the manner is `orderly`, `deaf`
 * (to SIGTERM) or a number: after so many tool calls it ends with exit code 7.
 */

import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';

const [port = '', upstream = '', manner = ''] = process.argv.slice(2);
let callsLeft = Number(manner);
let isStopping = false;

const server = createServer((incoming, answer) => {
  void text(incoming).then((body) => {
    if (body.includes('"tools/call"') && --callsLeft < 0) process.exit(7);
    const headers = { ...incoming.headers, host: new URL(upstream).host };
    const { method } = incoming;
    const onward = request(upstream, { headers, ...(method !== undefined && { method }) });
    onward.on('response', (response) => {
      const goodbye = isStopping ? { connection: 'close' } : {};
      answer.writeHead(response.statusCode ?? 502, { ...response.headers, ...goodbye });
      response.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    onward.end(body);
  });
});
process.on('SIGTERM', () => {
  if (manner === 'deaf') return;
  isStopping = true;
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
server.listen(Number(port), '127.0.0.1');
