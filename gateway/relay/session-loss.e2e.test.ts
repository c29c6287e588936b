import { afterEach, describe, expect, it } from 'vitest';
import type { ConfigInput } from '../config.ts';
import { ConfigFile } from '../testing/config-file.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient, type Reply } from '../testing/wire-client.ts';

type Json = Record<string, unknown>;

let owned = new AsyncDisposableStack();

afterEach(async () => {
  await owned.disposeAsync();
  owned = new AsyncDisposableStack();
});

interface Stage {
  readonly upstream: FakeUpstream;
  readonly client: WireClient;
  /** As the client calls it. */
  readonly tool: string;
  readonly ask: (method: string, params?: Json) => Promise<Reply>;
}

/** An upstream that has everything, behind a gateway, alone or beside another. */
async function set(policy: string, isAlone = true): Promise<Stage> {
  const upstream = owned.use(await FakeUpstream.start());
  const other = owned.use(await FakeUpstream.start('other'));
  upstream.capabilities = { tools: {}, logging: {}, resources: { subscribe: true } };
  upstream.results = {
    'logging/setLevel': () => ({}),
    'resources/list': () => ({ resources: [{ uri: 'x:1' }, { uri: 'x:2' }, { uri: 'x:3' }] }),
    'resources/subscribe': () => ({}),
    'resources/unsubscribe': () => ({}),
  };
  const more = isAlone ? [] : ['--upstream', `other=${other.url}`];
  const flags = ['--upstream', `one=${upstream.url}`, ...more, '--session-loss', policy];
  const gateway = owned.use(await GatewayProcess.start(...flags));
  const client = await new WireClient(gateway.url).open();
  let last = 0;
  const ask = (method: string, params: Json = {}): Promise<Reply> =>
    client.send({ id: `r${(last += 1)}`, method, params });
  const tool = isAlone ? 'add' : 'one__add';
  expect(textOf(await client.call(tool))).toBe('fake 1');
  return { upstream, client, tool, ask };
}

const told = ['error', 'reinitialize-told'].flatMap((policy) =>
  [true, false].map((isAlone) => ({ policy, isAlone, of: isAlone ? 'one' : 'several' })),
);

describe('twenty calls that meet a lost session', () => {
  const twenty = (client: WireClient, tool: string): Promise<Reply[]> =>
    Promise.all(
      Array.from(
        { length: 20 },
        (_, n) => client.start('POST', client.callBody(`c${n}`, tool)).reply,
      ),
    );

  it('get 404 each, and nothing is opened anew, with --session-loss 404', async () => {
    const { upstream, client, tool } = await set('404');
    upstream.forget();
    const replies = await twenty(client, tool);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([404]));
    expect(upstream.of('initialize')).toHaveLength(1);
  });

  it.each(told)(
    'get one error each, no call is sent twice, one session follows: $policy, $of',
    async ({ policy, isAlone }) => {
      const { upstream, client, tool } = await set(policy, isAlone);
      upstream.forget();
      const replies = await twenty(client, tool);
      // One that came after the first was told, and after the new session was open, is carried out.
      const fresh = replies.filter((reply) => reasonOf(reply) !== 'lost');
      expect(replies.length - fresh.length).toBeGreaterThan(0);
      for (const reply of fresh) expect(textOf(reply)).toMatch(/^fake \d+$/);
      for (const reply of replies) expect(reply.status).toBe(200);
      expect(textOf(await client.call(tool))).toBe(`fake ${fresh.length + 1}`);
      expect(upstream.of('initialize')).toHaveLength(2);
      expect(upstream.of('notifications/initialized')).toHaveLength(2);
      const ids = upstream.of('tools/call').map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );
});

describe('the session in a lost one’s place', () => {
  it.each(told)(
    'has the log level and the subscriptions before any call: $policy, $of',
    async ({ policy, isAlone }) => {
      const { upstream, client, tool, ask } = await set(policy, isAlone);
      const stream = await client.stream();
      await until('the stream upstream', () => upstream.streams.size === 1);
      await ask('logging/setLevel', { level: 'error' });
      for (const uri of ['x:1', 'x:2', 'x:3']) await ask('resources/subscribe', { uri });
      await ask('resources/unsubscribe', { uri: 'x:2' });
      upstream.forget();
      const before = upstream.received.length;
      expect(reasonOf(await client.call(tool))).toBe('lost');
      expect(textOf(await client.call(tool))).toBe('fake 1');
      const after = upstream.received.slice(before + 1).filter(({ http }) => http === 'POST');
      expect(after.map(({ method }) => method)).toEqual([
        'initialize',
        'notifications/initialized',
        'logging/setLevel',
        'resources/subscribe',
        'resources/subscribe',
        'tools/call',
      ]);
      const asked = after.slice(2, 5).map(({ body }) => body['params']);
      expect(asked[0]).toEqual({ level: 'error' });
      expect(
        asked
          .slice(1)
          .map((params) => String((params as Json)['uri']))
          .toSorted(),
      ).toEqual(['x:1', 'x:3']);
      const news = (): unknown[] => stream.messages.map(({ method, params }) => [method, params]);
      await until('the news', () => stream.messages.length === 4);
      // What it lists and what its resources say may have changed while nobody listened.
      expect(news()).toEqual([
        ['notifications/tools/list_changed', undefined],
        ['notifications/resources/list_changed', undefined],
        ['notifications/resources/updated', { uri: 'x:1' }],
        ['notifications/resources/updated', { uri: 'x:3' }],
      ]);
      await until('the stream of the new session', () =>
        upstream.streams.has(after[5]?.session ?? ''),
      );
      const updated = 'notifications/resources/updated';
      upstream.say(after[5]?.session, { method: updated, params: { uri: 'x:1' } });
      await until('the update', () => stream.messages.length === 5);
    },
  );

  it('tells once which part could not be restored, and goes on without', async () => {
    const { upstream, client, tool, ask } = await set('error');
    for (const uri of ['x:1', 'x:2']) await ask('resources/subscribe', { uri });
    upstream.results['resources/subscribe'] = ({ uri }) => (uri === 'x:1' ? undefined : {});
    upstream.forget();
    expect(reasonOf(await client.call(tool))).toBe('lost');
    const second = await client.call(tool);
    expect(reasonOf(second)).toBe('lost');
    expect(textOf(second)).toMatch(/"one".* 1 subscriptions/);
    expect(textOf(await client.call(tool))).toBe('fake 1');
    const kept = upstream.of('resources/subscribe').at(-1);
    expect(kept?.body['params']).toEqual({ uri: 'x:2' });
    expect(upstream.sessions.size).toBe(1);
  });

  it('is opened at once with reinitialize-told, also where no call met the loss', async () => {
    const { upstream, client, tool, ask } = await set('reinitialize-told', false);
    upstream.forget();
    await client.send({ method: 'notifications/roots/list_changed' });
    await until('the new session', () => upstream.of('notifications/initialized').length === 2);
    expect(upstream.of('tools/call')).toHaveLength(1);
    // Nothing comes from its fresh state before the loss was told; a list is no state.
    const list = await ask('tools/list');
    expect(list.messages).toMatchObject([
      { method: 'notifications/message', params: { data: { upstream: 'one' } } },
      { result: { tools: [{ name: 'one__add' }, { name: 'other__add' }] } },
    ]);
    const lost = await client.call(tool);
    expect([reasonOf(lost), upstream.of('tools/call').length]).toEqual(['lost', 1]);
    expect(textOf(await client.call(tool))).toBe('fake 1');
    expect(upstream.of('initialize')).toHaveLength(2);
  });

  it('is opened for the next call with error, not before', async () => {
    const { upstream, client, tool } = await set('error', false);
    upstream.forget();
    expect(reasonOf(await client.call(tool))).toBe('lost');
    expect(textOf(await client.call('other__add'))).toBe('other 1');
    expect(upstream.of('initialize')).toHaveLength(1);
  });
});

it('a session with a changed upstream is made ready like a first one', async () => {
  const upstream = owned.use(await FakeUpstream.start());
  const config = (authValue: string): ConfigInput => ({
    upstreams: [{ name: 'one', url: upstream.url, authType: 'bearer', authValue }],
    sessionLoss: 'error',
  });
  const file = owned.use(new ConfigFile(config('old')));
  const gateway = owned.use(await GatewayProcess.start('--config', file.path));
  const client = await new WireClient(gateway.url).open();
  await client.call();
  file.write(config('new'));
  gateway.signal('SIGHUP');
  await until('the reload', () => gateway.log.includes('configuration was reloaded'));
  expect(reasonOf(await client.call())).toBe('lost');
  expect(textOf(await client.call())).toBe('fake 1');
  const { session } = upstream.of('tools/call').at(-1) ?? {};
  const posted = upstream.received.filter((one) => one.http === 'POST' && one.session === session);
  expect(posted.map(({ method }) => method)).toEqual(['notifications/initialized', 'tools/call']);
});

describe('a client that only listens', () => {
  it('hears of the loss when the upstream’s stream can’t be had again', async () => {
    const { upstream, client } = await set('404');
    const stream = await client.stream();
    await until('the stream upstream', () => upstream.streams.size === 1);
    upstream.forget();
    for (const one of upstream.streams.values()) one.end();
    await until('the end of the stream', () => stream.ended());
    expect((await client.call()).status).toBe(404);
  });
});
