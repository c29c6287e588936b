import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everythingStdio } from '../testing/everything.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient, type Reply } from '../testing/wire-client.ts';

const SERVER = fileURLToPath(new URL('../testing/stdio-server.ts', import.meta.url));

type Json = Record<string, unknown>;

const folder = mkdtempSync(join(tmpdir(), 'stdio-'));
const journal = join(folder, 'journal');
const gateways = new Map<string, GatewayProcess>();
const seen: number[] = [];
let owned: AsyncDisposableStack;
let gateway: GatewayProcess;

beforeEach(() => {
  owned = new AsyncDisposableStack();
});

afterEach(async () => {
  await owned.disposeAsync();
  seen.push(...processes());
  rmSync(journal, { force: true });
});

afterAll(async () => {
  for (const one of gateways.values()) await one[Symbol.asyncDispose]();
  for (const pid of seen.filter(isAlive)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

/** An upstream that is our misbehaving server. */
function server(...habits: string[]): Json {
  const args = [SERVER, journal, ...habits];
  return { name: 'child', transport: 'stdio', command: process.execPath, args };
}

async function start(config: object): Promise<void> {
  gateway = await GatewayProcess.among(gateways, config);
}

const open = (): Promise<WireClient> => new WireClient(gateway.url).open();

/** What our servers recorded, all of them in one file. */
function entries(): Json[] {
  if (!existsSync(journal)) return [];
  const lines = readFileSync(journal, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Json);
}

const starts = (): Json[] => entries().filter(({ pid }) => pid !== undefined);
const read = (method: string): Json[] => entries().filter((entry) => entry['method'] === method);

/** Every process that the servers said they are or made. */
function processes(): number[] {
  return starts().flatMap(({ pid, grandchild }) => [Number(pid), Number(grandchild)]);
}

/** A zombie that nobody has waited for yet is dead. */
function isAlive(pid: number): boolean {
  if (pid === 0 || !existsSync(`/proc/${pid}/stat`)) return false;
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

function noneLeft(ms?: number): Promise<void> {
  return until('every process to be gone', () => !processes().some(isAlive), ms);
}

function errorOf(reply: Reply): { message: string; data: Json } {
  return reply.messages.at(-1)?.['error'] as ReturnType<typeof errorOf>;
}

describe('the official reference server over its standard streams', () => {
  it('is reached, a process for each client, with progress', async () => {
    await start({ upstreams: [{ name: 'everything', ...everythingStdio }] });
    const [one, two] = await Promise.all([open(), open()]);
    const echoed = await Promise.all([
      one.call('echo', { message: 'a' }),
      two.call('echo', { message: 'b' }),
    ]);
    expect(echoed.map(textOf)).toEqual(['Echo: a', 'Echo: b']);
    const params = {
      name: 'trigger-long-running-operation',
      arguments: { duration: 0.1, steps: 2 },
      _meta: { progressToken: 0 },
    };
    const reply = await one.send({ id: 'long', method: 'tools/call', params });
    expect(reply.messages.map(({ method, id }) => method ?? id)).toEqual([
      'notifications/progress',
      'notifications/progress',
      'long',
    ]);
  });
});

describe('a process', () => {
  it('gets one line for each message, whatever the client sent, and the listed variables', async () => {
    await start({ upstreams: [{ ...server(), env: { GIVEN: 'yes' } }] });
    const client = await open();
    const pretty = JSON.stringify(JSON.parse(client.callBody(9)), null, '\r\n');
    expect(textOf(await client.start('POST', pretty).reply)).toBe('1');
    const environment = JSON.parse(textOf(await client.call('environment'))) as Json;
    expect(environment).toMatchObject({ GIVEN: 'yes', PATH: process.env['PATH'] });
    expect(Object.keys(environment)).not.toContain('VITEST');
  });

  it('may print what it likes between its messages', async () => {
    await start({ upstreams: [server()] });
    const client = await open();
    expect(textOf(await client.call('garbage'))).toBe('after garbage');
    await until('the warning', () => gateway.log.includes('something that is not JSON-RPC'));
    expect(textOf(await client.call('noise'))).toBe('noisy');
    const logged = gateway.log.split('\n').filter((line) => line.includes('standard error'));
    expect(logged.length).toBeLessThan(1_000);
    expect(Math.max(...logged.map((line) => line.length))).toBeLessThan(1_200);
  });

  it('may ask the client, and whether it is there', async () => {
    await start({ upstreams: [server()] });
    const client = await open();
    expect(textOf(await client.call('ask-ping'))).toBe(
      '{"jsonrpc":"2.0","id":"alive?","result":{}}',
    );
    const stream = await client.stream();
    const pending = client.call('ask-roots');
    await until('the question', () => read('tools/call').length === 2);
    await client.send({ id: 'roots', result: { roots: [] } });
    const [question, answer] = (await pending).messages;
    expect([question?.['method'], stream.messages]).toEqual(['roots/list', []]);
    expect(JSON.stringify(answer)).toContain('\\"roots\\":[]');
  });

  it('is told of a cancel and of a timeout, once, under its id', async () => {
    await start({ upstreams: [server()], requestTimeoutMs: 1_500 });
    const client = await open();
    const late = client.start('POST', client.callBody('late', 'hang')).reply;
    const slow = client.start('POST', client.callBody('slow', 'hang')).reply;
    await until('the calls', () => read('tools/call').length === 2);
    await client.cancel('slow');
    await client.cancel('slow');
    expect((await slow).messages).toEqual([]);
    expect(reasonOf(await late)).toBe('timeout');
    await until('the cancels', () => read('notifications/cancelled').length === 2);
    const cancelled = read('notifications/cancelled').map(({ params }) => params as Json);
    expect(cancelled.map(({ requestId }) => requestId)).toEqual(['slow', 'late']);
    expect(textOf(await client.call())).toBe('1');
  });
});

describe('a process that ends by itself', () => {
  it('fails its calls at once, although others hold its output open; nothing is sent again', async () => {
    await start({ upstreams: [server('grandchild')] });
    const client = await open();
    const hanging = client.call('hang');
    await until('the call', () => read('tools/call').length === 1);
    const from = performance.now();
    const crashing = client.call('crash');
    for (const reply of [await hanging, await crashing]) {
      expect(errorOf(reply)).toMatchObject({
        message: expect.stringMatching(/process ended \(SIGKILL\), its state is lost; .* may have/),
        data: { reason: 'lost', maybeApplied: true },
      });
    }
    expect(performance.now() - from).toBeLessThan(1_500);
    expect((await client.call()).status).toBe(404);
    await noneLeft();
    expect(textOf(await (await open()).call())).toBe('1');
    expect([starts().length, read('tools/call').length]).toEqual([2, 3]);
  });

  it('may answer with its last words', async () => {
    await start({ upstreams: [server()] });
    const client = await open();
    expect(textOf(await client.call('answer-and-exit'))).toBe('last words');
    await until('the loss', async () => (await client.call()).status === 404);
  });

  it('is ended for good when it only closed its output', async () => {
    await start({ upstreams: [server('stubborn')], shutdownTimeoutMs: 1_000 });
    const client = await open();
    expect(errorOf(await client.call('close-output')).message).toMatch(/it closed its output/);
    await noneLeft();
  });

  it('is started again for the next call of a client with several upstreams, five times a minute', async () => {
    const other = owned.use(await FakeUpstream.start('other'));
    await start({ upstreams: [server('dies'), { name: 'other', url: other.url }] });
    const client = await open();
    const texts: string[] = [];
    for (let count = 0; count < 7; count += 1) texts.push(textOf(await client.call('child__add')));
    const expected = [...Array<string>(5).fill('(exit code 7)'), 'keeps ending', 'keeps ending'];
    expect(texts).toEqual(expected.map((part) => expect.stringContaining(part)));
    expect(starts()).toHaveLength(5);
    expect(textOf(await client.call('other__add'))).toBe('other 1');
  });
});

describe('the processes of an upstream', () => {
  it('are bounded in number, and a command that does not exist is named', async () => {
    const nothing = { name: 'nothing', transport: 'stdio', command: '/does/not/exist' };
    await start({ upstreams: [server(), nothing], maxProcesses: 1 });
    const url = gateway.url.replace('/mcp', '/servers/child/mcp');
    const client = await new WireClient(url).open();
    const refused = errorOf(await new WireClient(url).initialize());
    expect(refused).toMatchObject({
      message: expect.stringContaining('as many processes as it may have, 1'),
      data: { reason: 'unreachable', maybeApplied: false },
    });
    await client.start('DELETE').reply;
    await noneLeft();
    await until('room', async () => (await new WireClient(url).initialize()).status === 200);
    const missing = gateway.url.replace('/mcp', '/servers/nothing/mcp');
    const reply = await new WireClient(missing).initialize();
    expect(textOf(reply)).toMatch(/cannot be started \(ENOENT\); the request was not carried out/);
  });

  it('are not taken from an operator far away, unless the configuration says so', async () => {
    const admin = { token: 'root' };
    const ask = async (method: string, path: string, body: object): Promise<number> => {
      const headers = { authorization: 'Bearer root' };
      const init = { method, headers, body: JSON.stringify(body) };
      return (await fetch(`${gateway.admin}${path}`, init)).status;
    };
    await start({ upstreams: [server()], admin });
    const more = { ...server(), name: 'more' };
    expect(await ask('POST', '/upstreams', more)).toBe(403);
    for (const change of [{ args: [] }, { command: 'x' }, { env: {} }, { cwd: '/' }]) {
      expect(await ask('PATCH', '/upstreams/child', change)).toBe(403);
    }
    expect(await ask('PATCH', '/upstreams/child', { transport: 'stdio' })).toBe(403);
    expect(await ask('PATCH', '/upstreams/child', { description: 'a note' })).toBe(200);
    await start({ upstreams: [server()], admin: { ...admin, allowStdio: true } });
    expect(await ask('POST', '/upstreams', more)).toBe(201);
    const client = await open();
    const changed = server('grandchild')['args'];
    expect(await ask('PATCH', '/upstreams/child', { args: changed as object })).toBe(200);
    await noneLeft();
    expect(client.id).toBeDefined();
  });
});

describe('an end that is asked for', () => {
  it('takes a process that ignores SIGTERM, with what it started', async () => {
    await start({ upstreams: [server('stubborn', 'grandchild')], shutdownTimeoutMs: 1_000 });
    const client = await open();
    expect((await client.start('DELETE').reply).status).toBe(204);
    await noneLeft();
    expect(entries().at(-1)).toEqual({ signal: 'SIGTERM' });
  });

  it('is no more than the end of its input for a process that behaves', async () => {
    await start({ upstreams: [server()] });
    const client = await open();
    const from = performance.now();
    await client.start('DELETE').reply;
    await noneLeft();
    expect(performance.now() - from).toBeLessThan(1_000);
  });

  it.each([[[]], [['stubborn', 'grandchild']]])(
    'by shutdown leaves no process of those that are %j, with calls under way',
    async (habits) => {
      await start({ upstreams: [server(...habits)], shutdownTimeoutMs: 400 });
      const clients = await Promise.all([open(), open(), open()]);
      const calls = clients.map((client) => client.call('hang'));
      await until('the calls', () => read('tools/call').length === 3);
      const { code, ms } = await gateway.end();
      expect(code).toBe(0);
      expect(ms).toBeLessThan(2_500);
      for (const call of calls) expect(reasonOf(await call)).toBe('ended');
      await noneLeft(1_000);
    },
  );

  it('by a second signal leaves none either', async () => {
    await start({ upstreams: [server('stubborn', 'grandchild')], shutdownTimeoutMs: 60_000 });
    const client = await open();
    void client.call('hang').catch(() => {});
    await until('the call', () => read('tools/call').length === 1);
    gateway.signal('SIGTERM');
    const isClosed = (): Promise<boolean> =>
      fetch(gateway.url).then(
        () => false,
        () => true,
      );
    await until('the shutdown to begin', isClosed);
    expect((await gateway.end('SIGTERM')).code).toBe(143);
    await noneLeft(1_000);
  });

  it('comes to a process that was being opened for a client of HTTP+SSE that left', async () => {
    await start({ upstreams: [server('deaf')], shutdownTimeoutMs: 400 });
    const stream = await new WireClient(gateway.url.replace(/mcp$/, 'sse')).stream();
    await until('the endpoint', () => stream.text.includes('\n\n'));
    const [, uri = ''] = /^data: (.*)$/m.exec(stream.text) ?? [];
    await new WireClient(new URL(uri, gateway.url).href).initialize();
    await until('the process', () => starts().length === 1);
    stream.close();
    await noneLeft();
  });

  it('comes also when the gateway is killed, to a process that heeds the end of its input', async () => {
    await start({ upstreams: [server()] });
    const client = await open();
    client.call('hang').catch(() => {});
    await until('the call', () => read('tools/call').length === 1);
    await gateway.end('SIGKILL');
    await noneLeft();
  });

  it('comes to a process that reads nothing: opening is bounded', async () => {
    await start({ upstreams: [server('deaf')], requestTimeoutMs: 500, shutdownTimeoutMs: 400 });
    expect(reasonOf(await new WireClient(gateway.url).initialize())).toBe('timeout');
    await noneLeft();
  });
});
