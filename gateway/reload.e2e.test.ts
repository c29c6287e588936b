import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigInput } from './config.ts';
import { ConfigFile } from './testing/config-file.ts';
import { FakeUpstream, type ToolCall } from './testing/fake-upstream.ts';
import { GatewayProcess } from './testing/gateway-process.ts';
import { finish, tell } from './testing/held-call.ts';
import { until } from './testing/until.ts';
import { reasonOf, textOf, WireClient, type Pending } from './testing/wire-client.ts';

/** The gateway is one for all tests; each begins with a reload of its own. */
const owned = new AsyncDisposableStack();
let fakes: AsyncDisposableStack;
let one: FakeUpstream;
let two: FakeUpstream;
let config: ConfigInput;
let file: ConfigFile;
let gateway: GatewayProcess;

beforeAll(async () => {
  const upstreams = [{ name: 'nowhere', url: 'http://127.0.0.1:9/mcp' }];
  file = owned.use(new ConfigFile({ upstreams }));
  gateway = owned.use(await GatewayProcess.start('--config', file.path));
});

afterAll(() => owned.disposeAsync());

beforeEach(async () => {
  fakes = new AsyncDisposableStack();
  one = fakes.use(await FakeUpstream.start('one'));
  two = fakes.use(await FakeUpstream.start('two'));
  config = {};
  await reload({
    upstreams: [
      { name: 'one', url: one.url, authType: 'bearer', authValue: 'old' },
      { name: 'two', url: two.url },
    ],
    users: [
      { name: 'alice', token: 'a' },
      { name: 'bob', token: 'b' },
    ],
  });
});

afterEach(() => fakes.disposeAsync());

const times = (sentence: string): number => gateway.log.split(sentence).length - 1;

/** Sends SIGHUP and waits for what the log says of it. */
async function hangUp(sentence: string): Promise<void> {
  const before = times(sentence);
  gateway.signal('SIGHUP');
  await until(`"${sentence}" in the log`, () => times(sentence) > before);
}

async function reload(change: ConfigInput): Promise<void> {
  config = { ...config, ...change };
  file.write(config);
  await hangUp('configuration was reloaded');
}

const upstreams = (first: object): NonNullable<ConfigInput['upstreams']> => {
  const [before, second] = config.upstreams ?? [];
  return [{ ...(before as object), ...first }, second] as NonNullable<ConfigInput['upstreams']>;
};

const clientOf = (name: string | undefined, token = 'a'): WireClient =>
  new WireClient(
    name === undefined ? gateway.url : gateway.url.replace('/mcp', `/servers/${name}/mcp`),
    token,
  );

/** Operations as a client knows them, beside what upstreams did. */
class Traffic {
  readonly acknowledged: string[] = [];
  readonly refused: string[] = [];
  readonly refusals = new Set<string>();
  readonly applied: string[] = [];
  isOver = false;

  /** An upstream that is at work for a moment on each call. */
  serve(upstream: FakeUpstream): void {
    upstream.tool = ({ received, reply }: ToolCall) => {
      const { arguments: given } = received.body['params'] as { arguments: { op: string } };
      this.applied.push(given.op);
      setTimeout(() => reply({ content: [{ text: given.op }] }), this.applied.length % 20);
    };
  }

  /** One client that calls without pause, and begins anew when it is told to. */
  async run(client: WireClient, tool: string): Promise<void> {
    await client.open();
    for (let n = 0; !this.isOver; n += 1) {
      const op = `${client.id}/${n}`;
      const reply = await client.call(tool, { op });
      if (reply.status === 200 && textOf(reply) === op) this.acknowledged.push(op);
      else {
        this.refused.push(op);
        this.refusals.add(`${reply.status} ${String(reasonOf(reply))}`);
      }
      if (reply.status === 404) await client.open();
    }
  }
}

it('under traffic, reloads lose no call, double none and strand no session', async () => {
  const traffic = new Traffic();
  for (const upstream of [one, two]) traffic.serve(upstream);
  const clients = [
    ...Array.from({ length: 4 }, () => [clientOf('one'), 'add'] as const),
    ...Array.from({ length: 4 }, () => [clientOf('two'), 'add'] as const),
    ...Array.from({ length: 4 }, () => [clientOf(undefined), 'one__add'] as const),
  ];
  const running = clients.map(([client, tool]) => traffic.run(client, tool));
  for (let round = 1; round <= 8; round += 1) {
    const before = traffic.acknowledged.length;
    await until('calls of this round', () => traffic.acknowledged.length > before + 60);
    const change = round % 2 === 0 ? { description: `${round}` } : { authValue: `${round}` };
    await reload({ upstreams: upstreams(change) });
  }
  const last = one.received.length;
  await until('calls with the new value', () => one.received.length > last + 60);
  traffic.isOver = true;
  await Promise.all(running);
  const { acknowledged, applied, refused } = traffic;
  expect(applied.toSorted()).toEqual(acknowledged.toSorted());
  expect(refused.length).toBeGreaterThan(0);
  const honest = ['404 undefined', '404 lost', '200 lost'];
  expect([...traffic.refusals].filter((refusal) => !honest.includes(refusal))).toEqual([]);
  expect(refused.filter((op) => applied.includes(op))).toEqual([]);
  expect(one.received.at(-1)?.headers.authorization).toBe('Bearer 7');
  // Nobody began anew who had no reason to, and nothing is left of what was replaced.
  expect(two.of('initialize')).toHaveLength(4);
  await until('one session for each client', () => one.sessions.size === 8);
});

describe('what is in flight', () => {
  it('finishes on the old configuration, with the old credential', async () => {
    const client = await clientOf('one').open();
    let held: ToolCall | undefined;
    one.tool = (call) => (held = call);
    const pending = client.start('POST', client.callBody(1)).reply;
    await until('the call', () => held !== undefined);
    await reload({ upstreams: upstreams({ url: two.url, authValue: 'new' }) });
    expect((await client.call()).status).toBe(404);
    held?.reply({ content: [{ text: 'from the old one' }] });
    expect(textOf(await pending)).toBe('from the old one');
    expect(held?.received.headers.authorization).toBe('Bearer old');
    await until('the DELETE', () => one.deletes().length === 1);
    expect(textOf(await (await client.open()).call())).toBe('two 1');
    expect(two.of('tools/call')[0]?.headers.authorization).toBe('Bearer new');
  });

  it('still hears its client, whose session has ended, and can be cancelled', async () => {
    const held: ToolCall[] = [];
    one.tool = (call) => held.push(call);
    const client = await clientOf('one').open();
    const [asking, hanging] = ['asking', 'hanging'].map((id) =>
      client.start('POST', client.callBody(id)),
    ) as [Pending, Pending];
    await until('the calls', () => held.length === 2);
    await reload({ upstreams: upstreams({ authValue: 'new' }) });
    const asked = held.find(({ received }) => received.id === 'asking') as ToolCall;
    tell(asked, { id: 'q', method: 'elicitation/create', params: {} });
    await until('the question', () => asking.text().includes('elicitation/create'));
    expect((await client.send({ id: 'q', result: { action: 'accept' } })).status).toBe(202);
    await until('the response', () => one.received.some(({ id }) => id === 'q'));
    expect((await client.cancel('hanging')).status).toBe(202);
    await until('the cancel', () => one.of('notifications/cancelled').length === 1);
    expect((await hanging.reply).messages).toEqual([]);
    for (const method of ['GET', 'DELETE']) {
      expect((await client.start(method).reply).status).toBe(404);
    }
    expect((await client.call()).status).toBe(404);
    const anew = clientOf('one');
    anew.id = client.id;
    expect((await anew.initialize()).status).toBe(200);
    finish(asked);
    expect(textOf(await asking.reply)).toBe('done');
    await until('its end', async () => (await client.cancel('asking')).status === 404);
  });

  it('finishes also where its session was lost before the upstream changed', async () => {
    const client = await clientOf('one').open();
    let held: ToolCall | undefined;
    one.tool = (call) => (held = call);
    const pending = client.start('POST', client.callBody(1)).reply;
    await until('the call', () => held !== undefined);
    one.forget();
    expect((await client.call()).status).toBe(404);
    await reload({ upstreams: upstreams({ authValue: 'new' }) });
    // What was replaced is gone by now, unless something is waited for.
    expect(textOf(await (await clientOf('two').open()).call())).toBe('two 1');
    held?.reply({ content: [{ text: 'finished' }] });
    expect(textOf(await pending)).toBe('finished');
  });

  it('is an initialize, too: it is answered, and the client told to begin anew', async () => {
    let answer: (() => void) | undefined;
    one.intercept = (received, response) => {
      if (received.method !== 'initialize' || answer !== undefined) return false;
      answer = () => {
        one.sessions.set('slow', 0);
        const id = JSON.stringify(received.id);
        response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'slow' });
        response.end(`{"jsonrpc":"2.0","id":${id},"result":{"protocolVersion":"2025-11-25"}}`);
      };
      return true;
    };
    const client = clientOf('one');
    const opening = client.initialize();
    await until('the initialize', () => answer !== undefined);
    await reload({ upstreams: upstreams({ authValue: 'new' }) });
    answer?.();
    expect((await opening).status).toBe(200);
    expect((await client.call()).status).toBe(404);
    expect(textOf(await (await client.open()).call())).toBe('one 1');
    await until('the DELETE', () => one.deletes().some(({ session }) => session === 'slow'));
  });
});

it('upstreams are in the order of the file, however they stood before', async () => {
  for (const upstream of [one, two]) {
    upstream.toolsText = `[{"name":"${upstream.name}"}]`;
  }
  await reload({ upstreams: upstreams({}).toReversed() });
  const client = await clientOf(undefined).open();
  const { messages } = await client.send({ id: 'list', method: 'tools/list' });
  expect(messages.at(-1)?.['result']).toEqual({
    tools: [{ name: 'two__two' }, { name: 'one__one' }],
  });
});

it('users come, go and change their tokens at once', async () => {
  const alice = await clientOf('one').open();
  const bob = await clientOf('two', 'b').open();
  const stream = await bob.stream();
  await reload({
    users: [
      { name: 'alice', token: 'rotated' },
      { name: 'carol', token: 'c' },
    ],
  });
  expect((await alice.call()).status).toBe(401);
  alice.headers['authorization'] = 'Bearer rotated';
  expect(textOf(await alice.call())).toBe('one 1');
  expect((await bob.call()).status).toBe(401);
  await until('the stream to end', stream.ended);
  await until("the end of bob's session", () => two.deletes().length === 1);
  expect(textOf(await (await clientOf('two', 'c').open()).call())).toBe('two 1');
  expect(one.deletes()).toEqual([]);
});

it('a smaller right of a user ends what is beyond it', async () => {
  const alice = await clientOf('one').open();
  await reload({ users: [{ name: 'alice', token: 'a', upstreams: ['two'] }] });
  expect((await alice.call()).status).toBe(403);
  await until('the DELETE', () => one.deletes().length === 1);
  expect((await clientOf('one').initialize()).status).toBe(403);
});

it('limits change for what comes next', async () => {
  await clientOf('one').open();
  await reload({ maxSessionsPerUser: 1, maxBodyBytes: 1_000 });
  const refused = await clientOf('two').initialize();
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
  expect(textOf(refused)).toContain('this user has too many sessions');
  const bob = clientOf('two', 'b');
  expect((await bob.initialize()).status).toBe(200);
  expect((await bob.call('add', { text: 'x'.repeat(1_000) })).status).toBe(413);
});

async function reloads(): Promise<{ done: number; refused: number }> {
  const metrics = await (await fetch(gateway.url.replace('/mcp', '/metrics'))).text();
  const count = (outcome: string): number =>
    Number(
      new RegExp(`gateway_reloads_total{outcome="${outcome}"} (\\d+)`).exec(metrics)?.[1] ?? 0,
    );
  return { done: count('done'), refused: count('refused') };
}

it('an invalid file changes nothing, and the log says where it is wrong', async () => {
  const client = await clientOf('one').open();
  const before = await reloads();
  file.writeText('users: []\nupstreams:\n  - name: one\n    url: nowhere\n');
  await hangUp('the old one stays');
  expect(gateway.log).toContain(`${file.path}:4: upstreams[0].url: not an http or https URL`);
  file.writeText('upstreams: [\n');
  await hangUp('the old one stays');
  expect(textOf(await client.call())).toBe('one 1');
  expect((await new WireClient(gateway.url).initialize()).status).toBe(401);
  await reload({});
  expect(textOf(await client.call())).toBe('one 2');
  const after = await reloads();
  expect([after.done - before.done, after.refused - before.refused]).toEqual([1, 2]);
});

it('what needs a restart is named, and nothing of it changes', async () => {
  const client = await clientOf('one').open();
  await reload({ port: 1, pathPrefix: '/elsewhere', requestTimeoutMs: 1 });
  await until('the warning', () => gateway.log.includes('need a restart'));
  expect(gateway.log).toContain('"settings":["port","pathPrefix","requestTimeoutMs"]');
  expect(textOf(await client.call())).toBe('one 1');
});

it('without a file there is nothing to read again, and SIGHUP ends nothing', async () => {
  await using flagged = await GatewayProcess.start('--upstream', `one=${one.url}`);
  flagged.signal('SIGHUP');
  await until('the warning', () => flagged.log.includes('no configuration file'));
  expect(textOf(await (await new WireClient(flagged.url).open()).call())).toBe('one 1');
});
