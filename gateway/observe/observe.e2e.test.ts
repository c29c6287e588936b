import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigFile } from '../testing/config-file.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { ask, OPERATOR_TOKEN } from '../testing/operator.ts';
import { JWT_NAMES, tokenOf } from '../testing/tokens.ts';
import { until } from '../testing/until.ts';
import { WireClient } from '../testing/wire-client.ts';

/** Part of everything that must never be seen where operators and other clients look. */
const CANARY = 'canary';
const JWT_KEY = `${CANARY} of a secret of thirty-two characters`;

let owned: AsyncDisposableStack;
let one: FakeUpstream;
let two: FakeUpstream;
let file: ConfigFile;
let gateway: GatewayProcess;

beforeEach(async () => {
  owned = new AsyncDisposableStack();
  one = owned.use(await FakeUpstream.start('one'));
  two = owned.use(await FakeUpstream.start('two'));
  const secrets = {
    authType: 'bearer' as const,
    authValue: `${CANARY}-value`,
    headers: { 'x-key': `${CANARY}-header` },
    queryParameters: { key: `${CANARY}-query` },
  };
  file = owned.use(
    new ConfigFile({
      upstreams: [
        { name: 'one', url: one.url, ...secrets },
        { name: 'two', url: two.url, ...secrets },
        { name: 'gone', url: 'http://127.0.0.1:1/mcp', ...secrets },
      ],
      users: [{ name: 'alice', token: `${CANARY}-token` }],
      jwt: { ...JWT_NAMES, secret: JWT_KEY },
      admin: { port: 0, token: OPERATOR_TOKEN },
      idleProbeAfterMs: 50,
      probeTimeoutMs: 500,
      requestTimeoutMs: 1_000,
      shutdownTimeoutMs: 300,
      logLevel: 'debug',
    }),
  );
  gateway = owned.use(await GatewayProcess.start('--config', file.path));
});

afterEach(() => owned.disposeAsync());

const clientOf = (name: string, token = `${CANARY}-token`): WireClient =>
  new WireClient(gateway.url.replace('/mcp', `/servers/${name}/mcp`), token);

async function seen(path: string): Promise<string> {
  return (await fetch(gateway.url.replace('/mcp', path))).text();
}

async function metric(line: string): Promise<number> {
  const found = (await seen('/metrics')).split('\n').find((text) => text.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? 0);
}

it('what goes wrong is told without secrets, session ids and contents', async () => {
  const client = await clientOf('one').open();
  const other = await clientOf('two').open();
  const texts: string[] = [];
  const call = async (): Promise<void> => {
    texts.push((await client.call('add', { of: `${CANARY}-argument` })).text);
  };
  one.tool = ({ request }) => request.socket.destroy();
  await call();
  one.tool = ({ json }) => json(500, `{"error":"${CANARY}"}`);
  await call();
  one.tool = ({ json }) => json(200, `<html>${CANARY}`);
  await call();
  one.tool = () => {};
  await call();
  texts.push((await clientOf('gone').initialize()).text);
  texts.push((await clientOf('one', `${CANARY}-wrong`).initialize()).text);
  texts.push((await clientOf('one', await tokenOf({ claims: { of: CANARY } })).initialize()).text);
  texts.push((await ask(gateway, 'PATCH', '/upstreams/one', { authValue: `${CANARY}\n` })).text);
  two.intercept = ({ http }, response) => {
    if (http !== 'DELETE') return false;
    response.writeHead(500).end(CANARY);
    return true;
  };
  await other.start('DELETE').reply;
  await until('the orphan', () => gateway.log.includes('left behind'));
  one.forget();
  await client.call();
  texts.push((await client.call()).text);
  file.writeText(`users: [{name: ${CANARY}, token: [${CANARY}]}]`);
  gateway.signal('SIGHUP');
  await until('the reload', () => gateway.log.includes('the old one stays'));
  for (const path of ['/upstreams', '/sessions']) {
    texts.push((await ask(gateway, 'GET', path)).text);
  }
  texts.push(await seen('/metrics'), await seen('/health'), await seen('/ready'));
  texts.push(gateway.log.replaceAll(file.path, ''));
  expect(gateway.log.split('\n').length).toBeGreaterThan(5);
  for (const text of texts) {
    expect(text).not.toContain(CANARY);
    for (const id of [client.id, other.id, 'one-1', 'two-1']) expect(text).not.toContain(id);
  }
});

it('what happens is counted', async () => {
  const client = await clientOf('one').open();
  const idle = await clientOf('two').open();
  await Promise.all([client.call(), client.call(), client.call()]);
  expect(await metric('gateway_downstream_sessions')).toBe(2);
  expect(await metric('gateway_upstream_sessions')).toBe(2);
  expect(await metric('gateway_upstream_creates_total')).toBe(2);
  expect(await metric('gateway_requests_total')).toBe(5);
  expect(await metric('gateway_request_seconds_count')).toBe(5);
  expect(await metric('gateway_calls_in_flight')).toBe(0);
  // A call that comes late is a probe's business first.
  await until('a call that is soon enough', async () => {
    await client.call();
    return (await metric('gateway_upstream_reuses_total')) > 0;
  });
  await clientOf('one', 'wrong').initialize();
  expect(await metric('gateway_refusals_total{status="401"}')).toBe(1);
  await client.start('DELETE').reply;
  expect(await metric('gateway_evictions_total{reason="deleted"}')).toBe(1);
  two.intercept = ({ http, method }) => http === 'DELETE' || method === 'ping';
  // A call that came sooner would be let through, and put the probe off.
  await until('a session unused for long', async () => {
    const [only] = (await ask(gateway, 'GET', '/sessions')).body as unknown as [{ idleMs: number }];
    return only.idleMs > 100;
  });
  await idle.call();
  expect(await metric('gateway_probes_total{outcome="silent"}')).toBe(1);
  expect(await metric('gateway_evictions_total{reason="lost"}')).toBe(1);
  expect(await metric('gateway_failures_total{reason="lost"}')).toBe(1);
  await until('the orphan', async () => (await metric('gateway_orphans_total')) === 1);
});

it('several upstreams behind one session count each loss', async () => {
  const client = await new WireClient(gateway.url, `${CANARY}-token`).open();
  await client.call('one__add');
  one.forget();
  await until('the loss to be told', async () =>
    (await client.call('one__add')).text.includes('lost'),
  );
  await client.call('one__add');
  expect(await metric('gateway_evictions_total{reason="lost"}')).toBe(1);
});

it('is ready until it is told to end, whatever its upstreams do', async () => {
  const ready = async (): Promise<readonly [number, string]> => {
    const response = await fetch(gateway.url.replace('/mcp', '/ready'));
    return [response.status, await response.text()];
  };
  await one[Symbol.asyncDispose]();
  expect(await ready()).toEqual([200, '{"status":"ready"}']);
  const client = await clientOf('two').open();
  two.tool = () => {};
  client.start('POST', client.callBody(1)).reply.catch(() => {});
  await until('the call', () => two.of('tools/call').length === 1);
  // A connection that is there already is still answered; new ones are refused.
  gateway.signal('SIGTERM');
  await until('no longer ready', async () => {
    const answer = await ready().catch(() => undefined);
    return answer === undefined || answer[0] === 503;
  });
});
