import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ConfigInput } from './config.ts';
import { ConfigFile } from './testing/config-file.ts';
import { FakeUpstream } from './testing/fake-upstream.ts';
import { GatewayProcess } from './testing/gateway-process.ts';
import { until } from './testing/until.ts';
import { textOf, WireClient } from './testing/wire-client.ts';

const owned = new AsyncDisposableStack();
let upstream: FakeUpstream;
let files: ConfigFile[];
let gateways: GatewayProcess[];

beforeAll(async () => {
  upstream = owned.use(await FakeUpstream.start());
  // Where they really lead is known only once all of them listen.
  const upstreams = [{ name: 'nowhere', url: 'http://127.0.0.1:9/mcp' }];
  files = [1, 2, 3].map(() => owned.use(new ConfigFile({ upstreams })));
  const starting = files.map((file) => GatewayProcess.start('--config', file.path));
  gateways = await Promise.all(starting);
  for (const gateway of gateways) owned.use(gateway);
});

afterAll(() => owned.disposeAsync());

beforeEach(() => {
  upstream.received.length = 0;
});

/** Where the gateways lead, by their numbers; "end" is the upstream. */
async function lead(
  to: Readonly<Record<number, readonly (number | 'end')[]>>,
  more: ConfigInput = {},
  transport: 'streamable-http' | 'sse' = 'streamable-http',
): Promise<void> {
  for (const [from, targets] of Object.entries(to)) {
    const gateway = gateways[Number(from)] as GatewayProcess;
    const upstreams = targets.map((target) => {
      const name = `to-${target}`;
      if (target === 'end') return { name, url: upstream.url };
      const { url } = gateways[target] as GatewayProcess;
      return { name, transport, url: transport === 'sse' ? url.replace(/mcp$/, 'sse') : url };
    });
    const reloads = (): number => gateway.log.split('configuration was reloaded').length;
    const before = reloads();
    (files[Number(from)] as ConfigFile).write({ upstreams, ...more });
    gateway.signal('SIGHUP');
    await until('the reload', () => reloads() > before);
  }
}

const first = (): WireClient => new WireClient((gateways[0] as GatewayProcess).url);

it('gateways behind gateways work, and the upstream sees which were passed', async () => {
  await lead({ 0: [1], 1: [2], 2: ['end'] });
  const client = first();
  client.headers['via'] = '1.1 some-proxy';
  expect(textOf(await (await client.open()).call())).toBe('fake 1');
  const [opened] = upstream.of('initialize');
  expect(opened?.headers.via).toMatch(/^(?:1\.1 mcp-gauntlet-[0-9a-f]{12}(?:, |$)){3}$/);
  expect(upstream.of('tools/call')[0]?.headers.via).toBeUndefined();
});

const ofThree = { 0: [1], 1: [2], 2: [0] } as const;

it.each([
  ['of one', { 0: [0] }, 'streamable-http'],
  ['of three', ofThree, 'streamable-http'],
  ['of three over HTTP+SSE', ofThree, 'sse'],
] as const)('a ring %s is refused with the reason, and nothing goes on in it', async (...ring) => {
  const [, to, transport] = ring;
  await lead(to, {}, transport);
  const reply = await first().initialize();
  expect([reply.status, textOf(reply)]).toEqual([
    200,
    'Loop detected: the upstreams of this gateway lead back to it',
  ]);
  expect(reply.headers['mcp-session-id']).toBeUndefined();
  for (const gateway of gateways) {
    await until('nothing to go on', async () => {
      const health = await fetch(gateway.url.replace('/mcp', '/health'));
      const { sessions, callsInFlight } = (await health.json()) as Record<string, number>;
      return sessions === 0 && callsInFlight === 0;
    });
  }
});

it('a ring beside an upstream is named, and the upstream is there once', async () => {
  await lead({ 0: [1, 'end'], 1: [0] });
  const client = await first().open();
  const listed = await client.send({ id: 1, method: 'tools/list' });
  const result = listed.messages.at(-1)?.['result'] as { tools: { name: string }[] };
  expect(result.tools.map(({ name }) => name)).toEqual(['to-end__add']);
  expect(listed.text).toContain('"to-1"');
  expect(listed.text).toContain('Loop detected: the upstreams of this gateway lead back to it');
});

it('a longer way than maxHops is refused, ring or not', async () => {
  await lead({ 0: [1], 1: [2], 2: ['end'] }, { maxHops: 1 });
  const reply = await first().initialize();
  expect(textOf(reply)).toBe('Loop detected: there are more than 1 gateways before this one');
  const direct = await new WireClient((gateways[1] as GatewayProcess).url).initialize();
  expect(direct.status).toBe(200);
  const forged = first();
  forged.headers['via'] = '1.1 mcp-gauntlet-000000000000, 1.1 mcp-gauntlet-111111111111';
  expect((await forged.initialize()).status).toBe(508);
});
