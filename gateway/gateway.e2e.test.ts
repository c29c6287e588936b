import { createServer } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from './testing/fake-upstream.ts';
import { GatewayProcess } from './testing/gateway-process.ts';
import { until } from './testing/until.ts';
import { reasonOf, textOf, WireClient } from './testing/wire-client.ts';

let owned = new AsyncDisposableStack();

afterEach(async () => {
  await owned.disposeAsync();
  owned = new AsyncDisposableStack();
});

async function set(
  ...flags: string[]
): Promise<{ upstream: FakeUpstream; gateway: GatewayProcess }> {
  const upstream = owned.use(await FakeUpstream.start());
  const gateway = owned.use(
    await GatewayProcess.start('--upstream', `one=${upstream.url}`, ...flags),
  );
  return { upstream, gateway };
}

/** Shutdown has begun. */
function refusesConnections(gateway: GatewayProcess): Promise<void> {
  return until('the port to close', async () => {
    try {
      await fetch(gateway.url);
      return false;
    } catch {
      return true;
    }
  });
}

describe('shutdown', () => {
  it('ends every upstream session and exits 0, with a GET stream open', async () => {
    const { upstream, gateway } = await set('--shutdown-timeout-ms', '2000');
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => new WireClient(gateway.url).open()),
    );
    const stream = await clients[0]?.stream();
    const { code, ms } = await gateway.end();
    expect([code, stream?.ended()]).toEqual([0, true]);
    expect(ms).toBeLessThan(1_500);
    expect(new Set(upstream.deletes().map(({ session }) => session)).size).toBe(5);
  });

  it('lets a call finish, refuses new ones, then goes', async () => {
    const { upstream, gateway } = await set('--shutdown-timeout-ms', '5000');
    const client = await new WireClient(gateway.url).open();
    const held: ToolCall[] = [];
    upstream.tool = (call) => held.push(call);
    const pending = client.start('POST', client.callBody(1)).reply;
    await until('the call', () => held.length === 1);
    gateway.signal('SIGTERM');
    await refusesConnections(gateway);
    held[0]?.reply({ content: [{ text: 'drained' }] });
    expect(textOf(await pending)).toBe('drained');
    await until('the exit', () => gateway.hasExited);
    expect(upstream.deletes()).toHaveLength(1);
  });

  it('with fifty calls that never end and sessions that never let go takes twice its timeout', async () => {
    const { upstream, gateway } = await set('--shutdown-timeout-ms', '400');
    const clients = await Promise.all(
      Array.from({ length: 50 }, () => new WireClient(gateway.url).open()),
    );
    upstream.tool = () => {};
    upstream.intercept = ({ http }) => http === 'DELETE';
    const pending = clients.map((client) => client.start('POST', client.callBody(1)).reply);
    await until('fifty calls', () => upstream.of('tools/call').length === 50);
    const { code, ms } = await gateway.end();
    expect(code).toBe(0);
    expect(ms).toBeGreaterThan(750);
    expect(ms).toBeLessThan(1_800);
    for (const reply of await Promise.all(pending)) expect(reasonOf(reply)).toBe('ended');
    expect(upstream.deletes()).toHaveLength(50);
    await until('the warning', () => gateway.log.includes('did not end in time'));
  });

  it('happens at once when asked for twice', async () => {
    const { upstream, gateway } = await set('--shutdown-timeout-ms', '60000');
    const client = await new WireClient(gateway.url).open();
    upstream.tool = () => {};
    client.start('POST', client.callBody(1)).reply.catch(() => {});
    await until('the call', () => upstream.of('tools/call').length === 1);
    gateway.signal('SIGTERM');
    await refusesConnections(gateway);
    const { code } = await gateway.end('SIGTERM', 2_000);
    expect(code).toBe(143);
  });
});

describe('the official client', () => {
  const connect = async (url: string): Promise<Client> => {
    const client = new Client({ name: 'official', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(url));
    await client.connect(transport);
    owned.defer(() => client.close());
    return client;
  };

  it('connects, lists, calls, cancels, and sees an honest error', async () => {
    const { upstream, gateway } = await set();
    const client = await connect(gateway.url);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['add']);
    expect(await client.callTool({ name: 'add' })).toMatchObject({ content: [{ text: 'fake 1' }] });
    upstream.tool = ({ request }) => request.socket.destroy();
    await expect(client.callTool({ name: 'add' })).rejects.toThrow(
      /MCP error -32603: Upstream "one"/,
    );
    upstream.tool = () => {};
    const stop = new AbortController();
    const call = client.callTool({ name: 'add' }, undefined, { signal: stop.signal });
    await until('the call', () => upstream.of('tools/call').length === 3);
    stop.abort('enough');
    await expect(call).rejects.toThrow(/enough/);
    await until('the cancel', () => upstream.of('notifications/cancelled').length === 1);
    await client.ping();
  });

  it('is told to begin anew when the upstream lost its state', async () => {
    const { upstream, gateway } = await set();
    const client = await connect(gateway.url);
    upstream.forget();
    await expect(client.callTool({ name: 'add' })).rejects.toMatchObject({ code: 404 });
    const again = await connect(gateway.url);
    expect(await again.callTool({ name: 'add' })).toMatchObject({ content: [{ text: 'fake 1' }] });
  });
});

describe('a start that cannot be', () => {
  const wrong: readonly [string, string[], RegExp][] = [
    ['an unknown flag', ['--nonsense'], /--nonsense/],
    ['an upstream without a name', ['--upstream', 'http://x'], /NAME=URL|NAME=VALUE/],
    ['a URL that is none', ['--upstream', 'a=nowhere'], /upstreams\[0\]\.url/],
    ['two upstreams of one name', ['--upstream', 'a=http://x', '--upstream', 'a=http://y'], /"a"/],
    ['a number that is none', ['--port', 'many'], /--port many/],
    ['a port out of range', ['--port', '70000'], /port/],
    ['a policy that is none', ['--session-loss', 'ignore'], /sessionLoss/],
    ['an admin port without a token', ['--admin-port', '0'], /--admin-token/],
    ['an admin token without a port', ['--admin-token', 't'], /--admin-token needs --admin-port/],
    ['no upstream', [], /no upstreams: give --upstream NAME=URL, or --admin-port/],
    ['a negative number', ['--request-timeout-ms', '-1'], /--request-timeout-ms: .*with a dash/],
    ['a file that is not there', ['--config', '/nowhere.yaml'], /nowhere\.yaml.*ENOENT/],
  ];

  it.each(wrong)('%s is one sentence and exit 64', async (_, flags, sentence) => {
    const { code, said } = await GatewayProcess.refused(...flags);
    expect([code, said.trim().split('\n').length]).toEqual([64, 1]);
    expect(said).toMatch(sentence);
  });

  it('says in which line of the file a mistake is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    owned.defer(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'gateway.yaml');
    writeFileSync(file, 'upstreams:\n  - name: a\n    url: nowhere\n');
    const { code, said } = await GatewayProcess.refused('--config', file);
    expect([code, said]).toEqual([64, expect.stringMatching(/:3: upstreams\[0\]\.url: /)]);
    writeFileSync(file, 'upstreams: [\n');
    expect((await GatewayProcess.refused('--config', file)).said).toMatch(/:2:1: /);
    writeFileSync(file, '');
    expect((await GatewayProcess.refused('--config', file)).said).toMatch(
      /gateway\.yaml: there are no upstreams/,
    );
    writeFileSync(file, 'prot: 1\n');
    expect((await GatewayProcess.refused('--config', file)).said).toMatch(/prot/);
  });

  it('a port in use is one sentence and exit 69', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()));
    owned.defer(() => {
      taken.close();
    });
    const { port } = taken.address() as { port: number };
    const { code, said } = await GatewayProcess.refused(
      '--upstream',
      'a=http://x',
      '--port',
      String(port),
    );
    expect([code, said]).toEqual([69, `gateway: port ${port} is in use\n`]);
  });
});
