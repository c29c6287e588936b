import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { expect, it } from 'vitest';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { WireClient } from '../testing/wire-client.ts';

/** A message on a connection that is kept, so that only the way upstream needs a new descriptor. */
function sendOn(
  agent: Agent,
  client: WireClient,
  body = client.callBody(7),
): Promise<{ status: number; retry: string; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    retry: string;
    text: string;
  }>();
  const headers = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-session-id': client.id,
  };
  const sent = request(client.url, { method: 'POST', agent, headers }, (response) => {
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    response.on('end', () => {
      const retry = String(response.headers['retry-after']);
      resolve({ status: response.statusCode ?? 0, retry, text });
    });
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

it('says 503 and why when it has no descriptor left towards an upstream, and recovers', async () => {
  await using upstream = await FakeUpstream.start();
  await using gateway = await GatewayProcess.start('--upstream', `one=${upstream.url}`);
  const client = await new WireClient(gateway.url).open();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  using owned = new DisposableStack();
  owned.defer(() => agent.destroy());
  expect((await sendOn(agent, client)).status).toBe(200);
  const descriptors = (): number => readdirSync(`/proc/${gateway.pid}/fd`).length;
  const before = descriptors();
  upstream.cutConnections();
  await until('the sockets to the upstream to be gone', () => descriptors() < before);
  const limit = (count: number): void => {
    execFileSync('prlimit', ['--pid', String(gateway.pid), `--nofile=${count}:`]);
  };
  limit(1);
  const refused = await Promise.all([sendOn(agent, client), sendOn(agent, client)]);
  for (const { status, retry, text } of refused) {
    expect([status, retry]).toEqual([503, '5']);
    expect(JSON.parse(text)).toMatchObject({
      id: 7,
      error: {
        code: -32603,
        message: expect.stringMatching(
          /Upstream "one": the gateway has no file descriptor left .*was not carried out/,
        ),
        data: { reason: 'exhausted', maybeApplied: false },
      },
    });
  }
  expect(gateway.log.split('lack of resources')).toHaveLength(2);
  const initialized = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
  expect(await sendOn(agent, client, initialized)).toMatchObject({ status: 503, retry: '5' });
  // The log comes by another way than the answer.
  await until('the line about the notification', () =>
    /"method":"notifications\/initialized","error":"the gateway has no file descriptor left/.test(
      gateway.log,
    ),
  );
  limit(1024);
  expect((await sendOn(agent, client)).status).toBe(200);
});
