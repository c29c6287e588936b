import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigFile } from '../testing/config-file.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { JwksServer, JWT_NAMES, JWT_SECRET, tokenOf } from '../testing/tokens.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient } from '../testing/wire-client.ts';
import type { ConfigInput } from '../config.ts';

const owned = new AsyncDisposableStack();
let config: ConfigInput;
let file: ConfigFile;
let gateway: GatewayProcess;

beforeAll(async () => {
  const upstream = owned.use(await FakeUpstream.start());
  config = {
    upstreams: [{ name: 'one', url: upstream.url }],
    users: [{ name: 'bob', token: 'static' }],
    jwt: { ...JWT_NAMES, secret: JWT_SECRET, leewaySeconds: 0 },
  };
  file = owned.use(new ConfigFile(config));
  gateway = owned.use(await GatewayProcess.start('--config', file.path));
});

afterAll(() => owned.disposeAsync());

async function reload(changed: ConfigInput): Promise<void> {
  const count = (): number => gateway.log.split('configuration was reloaded').length;
  const before = count();
  config = { ...config, ...changed };
  file.write(config);
  gateway.signal('SIGHUP');
  await until('the reload', () => count() > before);
}

const statusOf = async (bearer: string): Promise<number> =>
  (await new WireClient(gateway.url, bearer).initialize()).status;

it('a JWT is let in under the name of its subject, beside static tokens', async () => {
  const alice = await new WireClient(gateway.url, await tokenOf()).open();
  expect(textOf(await alice.call())).toMatch(/^fake/);
  const bob = new WireClient(gateway.url, 'static');
  expect((await bob.initialize()).status).toBe(200);
  bob.id = alice.id;
  expect((await bob.call()).status).toBe(404);
});

it('a JWT for somebody else, without signature or in the query is 401, and never logged', async () => {
  const wrong = [
    await tokenOf({ audience: 'an-upstream' }),
    (await tokenOf()).replace(/[^.]+$/, ''),
    'a.b.c',
  ];
  for (const bearer of wrong) expect(await statusOf(bearer)).toBe(401);
  const queried = new WireClient(`${gateway.url}?access_token=${await tokenOf()}`);
  expect((await queried.initialize()).status).toBe(401);
  const reason = String.raw`"error":"unexpected \"aud\" claim value"`;
  await until('the reason', () => gateway.log.includes(reason));
  for (const bearer of wrong) expect(gateway.log).not.toContain(bearer);
});

it('a rotated JWT works on the same session, an expired one never again', async () => {
  const client = await new WireClient(gateway.url, await tokenOf({ expires: 2 })).open();
  expect((await client.call()).status).toBe(200);
  await until('the expiry', async () => (await client.call()).status === 401);
  client.headers['authorization'] = `Bearer ${await tokenOf()}`;
  expect(textOf(await client.call())).toMatch(/^fake/);
  client.headers['authorization'] = `Bearer ${await tokenOf({ subject: 'mallory' })}`;
  expect((await client.call()).status).toBe(404);
});

it('a JWT is refused as soon as its jti is revoked, and its stream ends until another comes', async () => {
  const stolen = await tokenOf({ claims: { jti: 'stolen' } });
  const client = await new WireClient(gateway.url, stolen).open();
  const stream = await client.stream();
  await reload({ revokedTokens: ['stolen'] });
  expect((await client.call()).status).toBe(401);
  await until('the stream to end', stream.ended);
  expect(stream.text).toContain('retry: ');
  client.headers['authorization'] = `Bearer ${await tokenOf()}`;
  expect((await client.call()).status).toBe(200);
  const resumed = await client.stream({ headers: { 'last-event-id': stream.ids[0] ?? '' } });
  expect(resumed.ended()).toBe(false);
});

it('a JWT is 503, not 401, while the keys of a JWKS cannot be had', async () => {
  await using keys = await new JwksServer().start();
  const key = await keys.add('first');
  keys.mode = 'error';
  await reload({ jwt: { ...JWT_NAMES, jwksUrl: keys.url } });
  const bearer = await tokenOf({ key, header: { alg: 'ES256', kid: 'first' } });
  const refused = await new WireClient(gateway.url, bearer).initialize();
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
  await until('the reason', () => gateway.log.includes('HTTP 500'));
  keys.mode = 'ok';
  await until('the keys to be fetched', async () => (await statusOf(bearer)) === 200);
});
