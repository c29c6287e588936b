import { expect, it } from 'vitest';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { ask, OPERATOR_TOKEN } from '../testing/operator.ts';
import { TokenEndpoint } from '../testing/token-endpoint.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient } from '../testing/wire-client.ts';

const flags = ['--admin-port', '0', '--admin-token', OPERATOR_TOKEN];
const oauth = { clientId: 'c', clientSecret: 's' };

function clientOf(gateway: GatewayProcess, upstream: string): WireClient {
  return new WireClient(gateway.url.replace('/mcp', `/servers/${upstream}/mcp`));
}

it('what the operator names is connected to, what the admin API names only at public addresses', async () => {
  await using named = await FakeUpstream.start('named');
  await using hidden = await FakeUpstream.start('hidden');
  await using gateway = await GatewayProcess.start('--upstream', `one=${named.url}`, ...flags);
  expect(textOf(await (await clientOf(gateway, 'one').open()).call())).toBe('named 1');

  const add = (name: string, more: object) => ask(gateway, 'POST', '/upstreams', { name, ...more });
  const refused = 'a private or special address that allowedUpstreamNetworks does not have';
  const { body } = await add('two', { url: hidden.url });
  expect(body['error']).toBe(`url: ${refused}`);
  const changed = await ask(gateway, 'PATCH', '/upstreams/one', { url: hidden.url });
  expect([changed.status, changed.body['error']]).toEqual([400, `url: ${refused}`]);
  const tokenEndpoint = hidden.url;
  const granted = {
    url: 'https://example.com',
    authType: 'oauth',
    oauth: { ...oauth, tokenEndpoint },
  };
  expect((await add('two', granted)).body['error']).toBe(`oauth.tokenEndpoint: ${refused}`);

  // A name is looked up for each connection, and what it then stands for is what counts.
  expect((await add('two', { url: hidden.url.replace('127.0.0.1', 'localhost') })).status).toBe(
    201,
  );
  const answer = await clientOf(gateway, 'two').initialize();
  expect(textOf(answer)).toBe(
    'Upstream "two": the gateway may not connect to its address; the request was not carried out',
  );
  expect(hidden.received).toEqual([]);
});

it('an allowed network is open to the admin API, by address and by name', async () => {
  await using upstream = await FakeUpstream.start('allowed');
  await using endpoint = await TokenEndpoint.start();
  await using gateway = await GatewayProcess.start(
    ...flags,
    '--allowed-upstream-network',
    '127.0.0.0/8',
  );
  const url = upstream.url.replace('127.0.0.1', 'localhost');
  const tokenEndpoint = endpoint.url.replace('127.0.0.1', 'localhost');
  const definition = { name: 'one', url, authType: 'oauth', oauth: { ...oauth, tokenEndpoint } };
  expect((await ask(gateway, 'POST', '/upstreams', definition)).status).toBe(201);
  expect(textOf(await (await clientOf(gateway, 'one').open()).call())).toBe('allowed 1');
  expect(upstream.received[0]?.headers.authorization).toBe('Bearer t1');
});

it('a token endpoint whose name stands for a private address is not asked', async () => {
  await using upstream = await FakeUpstream.start();
  await using endpoint = await TokenEndpoint.start();
  await using gateway = await GatewayProcess.start('--upstream', `one=${upstream.url}`, ...flags);
  const tokenEndpoint = endpoint.url.replace('127.0.0.1', 'localhost');
  const change = { authType: 'oauth', oauth: { ...oauth, tokenEndpoint } };
  expect((await ask(gateway, 'PATCH', '/upstreams/one', change)).status).toBe(200);
  const answer = await clientOf(gateway, 'one').initialize();
  expect(textOf(answer)).toContain('the gateway got no access token for it');
  expect([endpoint.requests, upstream.received]).toEqual([[], []]);
});

it('a redirect is never followed, neither for calls nor streams nor tokens', async () => {
  await using elsewhere = await FakeUpstream.start('elsewhere');
  await using upstream = await FakeUpstream.start();
  await using endpoint = await TokenEndpoint.start();
  const location = { location: elsewhere.url };
  const one = { name: 'one', url: upstream.url, authType: 'bearer', authValue: 'b' };
  const two = {
    name: 'two',
    url: upstream.url,
    authType: 'oauth',
    oauth: {
      ...oauth,
      tokenEndpoint: endpoint.url,
    },
  };
  await using gateway = await GatewayProcess.configured({ upstreams: [one, two] });
  const client = await clientOf(gateway, 'one').open();
  upstream.intercept = ({ http, method }, response) => {
    if (http === 'GET' || method === 'tools/call') response.writeHead(307, location).end();
    return http === 'GET' || method === 'tools/call';
  };
  const stream = await client.stream();
  expect(textOf(await client.call())).toBe(
    'Upstream "one": it answered HTTP 307; the request was not carried out',
  );
  await until('the GET', () => upstream.received.some(({ http }) => http === 'GET'));
  stream.close();
  endpoint.answer = (response) => void response.writeHead(307, location).end();
  expect(textOf(await clientOf(gateway, 'two').initialize())).toContain('got no access token');
  expect(endpoint.requests).toHaveLength(1);
  expect(elsewhere.received).toEqual([]);
});
