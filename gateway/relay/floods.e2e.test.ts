import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { WireClient, type Pending } from '../testing/wire-client.ts';

const SERVER = fileURLToPath(new URL('../testing/stdio-server.ts', import.meta.url));
const BATCH = 100;

let owned = new AsyncDisposableStack();

afterEach(async () => {
  await owned.disposeAsync();
  owned = new AsyncDisposableStack();
});

/** A client that may send batches. */
async function open(upstream: object): Promise<WireClient> {
  const gateway = owned.use(await GatewayProcess.configured({ upstreams: [upstream] }));
  const client = new WireClient(gateway.url);
  client.protocolVersion = '2025-03-26';
  return client.open();
}

const batchOf = (bodies: readonly string[]): string => `[${bodies.join()}]`;

it('notifications that an upstream does not take are carried up to a bound', async () => {
  const upstream = owned.use(await FakeUpstream.start());
  upstream.intercept = ({ method }) => method === 'notifications/roots/list_changed';
  const client = await open({ name: 'one', url: upstream.url });
  const changed = '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}';
  const flood = batchOf(Array.from({ length: BATCH }, () => changed));
  for (let n = 0; n < 11; n += 1) {
    expect((await client.start('POST', flood).reply).status).toBe(202);
  }
  const taken = (): number => upstream.of('notifications/roots/list_changed').length;
  await until('the bound', () => taken() === 1_000, 10_000);
  expect((await client.call()).status).toBe(200);
  expect(taken()).toBe(1_000);
  // As soon as they are taken, the next goes on.
  upstream.intercept = () => false;
  upstream.cutConnections();
  await until('another', async () => {
    await client.send({ method: 'notifications/roots/list_changed' });
    return taken() > 1_000;
  });
});

it('requests that an upstream does not answer are carried up to a bound', async () => {
  const args = [SERVER, '/dev/null'];
  const child = { name: 'one', transport: 'stdio', command: process.execPath, args };
  const client = await open(child);
  const flood = Array.from({ length: 100 }, (_, batch): Pending => {
    const ids = Array.from({ length: BATCH }, (__, n) => `${batch}/${n}`);
    return client.start('POST', batchOf(ids.map((id) => client.callBody(id, 'hang'))));
  });
  owned.defer(async () => {
    for (const pending of flood) pending.abort();
    await Promise.allSettled(flood.map(({ reply }) => reply));
  });
  const refused = async (): Promise<boolean> => (await client.call()).status === 503;
  await until('the bound', refused, 20_000);
  const reply = await client.call();
  expect(reply.headers['retry-after']).toBe('5');
  expect(reply.text).toContain('Unavailable: 10000 requests of this session are in flight');
  expect((await client.start('DELETE').reply).status).toBe(204);
}, 30_000);
