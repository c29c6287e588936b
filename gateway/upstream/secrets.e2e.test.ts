import { expect, it } from 'vitest';
import { pem } from '../testing/certificates.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { ask, OPERATOR_TOKEN } from '../testing/operator.ts';
import { TokenEndpoint } from '../testing/token-endpoint.ts';
import { WireClient } from '../testing/wire-client.ts';

const CANARY = 'canary';
const keyLine = pem('client.key').split('\n')[1] ?? '';

it('no secret of any field is in a log, an error, a metric or an answer of the admin API', async () => {
  await using upstream = await FakeUpstream.start();
  await using safe = await FakeUpstream.start('safe', 0, {
    key: pem('server.key'),
    cert: pem('server.pem'),
    requestCert: true,
    ca: pem('ca.pem'),
  });
  await using endpoint = await TokenEndpoint.start();
  const oauth = {
    tokenEndpoint: `${endpoint.url}?key=${CANARY}-endpoint`,
    clientId: `${CANARY}-id`,
    clientSecret: `${CANARY}-secret`,
    scope: 'open',
  };
  const secrets = {
    url: `${upstream.url}?key=${CANARY}-url`,
    headers: { 'x-more': `${CANARY}-header` },
    queryParameters: { more: `${CANARY}-query` },
  };
  const mutual = {
    url: safe.url,
    caCertificate: pem('ca.pem'),
    clientCertificate: pem('client.pem'),
    clientKey: pem('client.key'),
  };
  const definitions = [
    { name: 'bearer', ...secrets, authType: 'bearer', authValue: `${CANARY}-bearer` },
    { name: 'basic', ...secrets, authType: 'basic', authValue: `u:${CANARY}-password` },
    { name: 'header', ...secrets, authType: 'header', authValue: `x-key: ${CANARY}-value` },
    { name: 'oauth', ...secrets, authType: 'oauth', oauth },
    { name: 'mutual', ...mutual },
  ];
  await using gateway = await GatewayProcess.configured({
    admin: { port: 0, token: OPERATOR_TOKEN },
    logLevel: 'debug',
    allowedUpstreamNetworks: ['127.0.0.0/8'],
    users: [{ name: 'u', token: `${CANARY}-user` }],
    upstreams: definitions,
  });
  endpoint.answer = (response, count) => {
    const token = { access_token: `${CANARY}-token-${count}`, token_type: 'bearer' };
    response.writeHead(200).end(JSON.stringify(token));
  };
  const seen: string[] = [];
  const openAll = async (): Promise<readonly WireClient[]> => {
    const clients = definitions.map(({ name }) => {
      const url = gateway.url.replace('/mcp', `/servers/${name}/mcp`);
      return new WireClient(url, `${CANARY}-user`);
    });
    for (const client of clients) seen.push((await client.initialize()).text);
    return clients;
  };
  const use = async (clients: readonly WireClient[]): Promise<void> => {
    for (const client of clients) seen.push((await client.call()).text);
  };

  const clients = await openAll();
  await use(clients);
  expect(seen.filter((text) => text.includes('"result"'))).toHaveLength(10);
  // The secrets were on their way: they are not missing everywhere.
  expect(JSON.stringify(upstream.received.map(({ url, headers }) => [url, headers]))).toMatch(
    new RegExp(['url', 'header', 'query', 'bearer', 'value', 'token'].join('.*')),
  );
  expect(safe.received[0]?.certified).toBe('gateway test client');

  const failures = [401, 403, 404, 500];
  for (const status of failures) {
    upstream.intercept = (_, response) => {
      response.writeHead(status, { 'www-authenticate': 'Bearer' }).end('not JSON');
      return true;
    };
    safe.intercept = upstream.intercept;
    await use(clients);
    await openAll();
  }
  upstream.cutConnections();
  safe.cutConnections();
  endpoint.answer = (response) => void response.writeHead(500).end();
  await use(await openAll());

  for (const { name, ...fields } of definitions) {
    const path = `/upstreams/${name}`;
    for (const [field, value] of Object.entries(fields)) {
      const wrong = typeof value === 'string' ? `${value}\u0000` : { x: { y: CANARY } };
      seen.push((await ask(gateway, 'PATCH', path, { [field]: wrong })).text);
      seen.push((await ask(gateway, 'POST', '/upstreams', { name, [field]: value })).text);
    }
    seen.push((await ask(gateway, 'PATCH', path, { description: 'x', ...fields })).text);
    seen.push((await ask(gateway, 'POST', '/upstreams', { name, ...fields })).text);
    seen.push((await ask(gateway, 'POST', '/upstreams', { name: `${name}-2`, ...fields })).text);
  }
  seen.push((await ask(gateway, 'GET', '/upstreams')).text);
  seen.push((await ask(gateway, 'GET', '/sessions')).text);
  for (const path of ['/metrics', '/health']) {
    seen.push(await (await fetch(gateway.url.replace('/mcp', path))).text());
  }
  await gateway.end();
  const all = [...seen, gateway.log].join('\n');
  expect(all).toContain('upstream changed');
  expect(all.split('\n').filter((line) => line.includes(CANARY))).toEqual([]);
  for (const secret of [keyLine, OPERATOR_TOKEN, Buffer.from(`u:${CANARY}`).toString('base64')]) {
    expect(all).not.toContain(secret);
  }
});
