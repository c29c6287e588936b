import { expect, it } from 'vitest';
import { ConfigFile } from '../testing/config-file.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { WireClient } from '../testing/wire-client.ts';

it('believes forwarded headers from trusted proxies only, and the protocol from nobody', async () => {
  const config = {
    upstreams: [{ name: 'one', url: 'http://127.0.0.1:9/mcp' }],
    users: [{ name: 'a', token: 'a' }],
    allowedHosts: ['gateway.example'],
  };
  using file = new ConfigFile(config);
  await using gateway = await GatewayProcess.start('--config', file.path);
  const statusOf = async (headers: Record<string, string>): Promise<number> =>
    (await new WireClient(gateway.url).start('GET', undefined, headers).reply).status;
  const evil = { 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '198.51.100.7' };
  expect(await statusOf(evil)).toBe(401);
  await until('the peer', () => gateway.log.includes('"client":"127.0.0.1","status":401'));
  file.write({ ...config, trustedProxies: ['127.0.0.0/8'] });
  gateway.signal('SIGHUP');
  await until('the reload', () => gateway.log.includes('reloaded'));
  expect(await statusOf(evil)).toBe(403);
  await until('the client', () => gateway.log.includes('"client":"198.51.100.7","status":403'));
  expect(await statusOf({ 'x-forwarded-host': 'gateway.example:443' })).toBe(401);
  expect(await statusOf({ 'x-forwarded-host': 'gateway.example, evil.example' })).toBe(403);
  const ignored = { forwarded: 'host=evil.example;proto=https', 'x-forwarded-proto': 'gopher' };
  expect(await statusOf({ ...ignored, 'x-forwarded-prefix': '/evil' })).toBe(401);
});
