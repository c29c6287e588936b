import { afterEach, describe, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient } from '../testing/wire-client.ts';

let owned = new AsyncDisposableStack();

afterEach(async () => {
  await owned.disposeAsync();
  owned = new AsyncDisposableStack();
});

async function set(
  ...flags: string[]
): Promise<{ upstream: FakeUpstream; gateway: GatewayProcess; client: WireClient }> {
  const upstream = owned.use(await FakeUpstream.start());
  const gateway = owned.use(
    await GatewayProcess.start('--upstream', `one=${upstream.url}`, ...flags),
  );
  return { upstream, gateway, client: await new WireClient(gateway.url).open() };
}

describe('an upstream that forgot the session', () => {
  it('ends the client’s session with 404, nothing is replayed, and a new one starts afresh', async () => {
    const { upstream, client } = await set();
    await client.call();
    upstream.forget();
    const lost = await client.call();
    expect(lost.status).toBe(404);
    expect(textOf(lost)).toMatch(/"one".*state is lost.*was not carried out/);
    expect((await client.call()).status).toBe(404);
    expect((await client.start('DELETE').reply).status).toBe(404);
    expect(upstream.of('initialize')).toHaveLength(1);
    await client.open();
    expect(textOf(await client.call())).toBe('fake 1');
  });

  it('answers all calls that meet it with 404', async () => {
    const { upstream, client } = await set();
    upstream.forget();
    const bodies = [1, 2, 3, 4].map((id) => client.callBody(id));
    const replies = await Promise.all(bodies.map((body) => client.start('POST', body).reply));
    expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  });

  it('lets calls that are still under way finish', async () => {
    const { upstream, client } = await set();
    let held: ToolCall | undefined;
    upstream.tool = (call) => (held = call);
    const pending = client.start('POST', client.callBody('long')).reply;
    await until('the call', () => held !== undefined);
    upstream.forget();
    expect((await client.call()).status).toBe(404);
    held?.reply({ content: [{ text: 'late' }] });
    expect(textOf(await pending)).toBe('late');
  });

  it('is told by one error with --session-loss error, then the state is fresh', async () => {
    const { upstream, client } = await set('--session-loss', 'error');
    await client.call();
    upstream.forget();
    const lost = await client.call();
    expect([lost.status, reasonOf(lost)]).toEqual([200, 'lost']);
    expect(textOf(await client.call())).toBe('fake 1');
    expect(upstream.of('initialize')).toHaveLength(2);
    expect(upstream.of('notifications/initialized')).toHaveLength(2);
  });

  it('is noticed although it says 400 instead of 404', async () => {
    const { upstream, client } = await set();
    upstream.forget();
    upstream.intercept = ({ session, method }, response) => {
      if (method === 'initialize' || upstream.sessions.has(session ?? '')) return false;
      response.writeHead(400).end('Bad Request: No valid session ID provided');
      return true;
    };
    expect(reasonOf(await client.call())).toBe('refused');
    expect((await client.call()).status).toBe(404);
  });
});

describe('cut connections', () => {
  it('cost the calls on them and not the session', async () => {
    const { upstream, client } = await set();
    await client.call();
    upstream.cutConnections();
    expect(textOf(await client.call())).toBe('fake 2');
    const held: ToolCall[] = [];
    upstream.tool = (call) => held.push(call);
    const pending = [1, 2, 3].map((id) => client.start('POST', client.callBody(`c${id}`)).reply);
    await until('three calls', () => held.length === 3);
    upstream.cutConnections();
    for (const reply of await Promise.all(pending)) expect(reasonOf(reply)).toBe('broken');
    upstream.tool = ({ reply, count }) => reply({ content: [{ text: `fake ${count}` }] });
    expect(textOf(await client.call())).toBe('fake 6');
    expect(upstream.of('initialize')).toHaveLength(1);
  });
});

describe('the end of a session', () => {
  it('by DELETE reaches the upstream, fails calls under way, and the id is unknown', async () => {
    const { upstream, client } = await set();
    upstream.tool = () => {};
    const pending = client.start('POST', client.callBody(1)).reply;
    await until('the call', () => upstream.of('tools/call').length === 1);
    expect((await client.start('DELETE').reply).status).toBe(204);
    expect(reasonOf(await pending)).toBe('ended');
    await until('the upstream DELETE', () => upstream.deletes().length === 1);
    expect(upstream.deletes()[0]?.session).toBe(upstream.of('tools/call')[0]?.session);
    expect((await client.call()).status).toBe(404);
    expect((await client.start('DELETE').reply).status).toBe(404);
  });

  it('by DELETE does not wait for an upstream that never answers it', async () => {
    const { upstream, client } = await set();
    upstream.intercept = ({ http }) => http === 'DELETE';
    const from = performance.now();
    expect((await client.start('DELETE').reply).status).toBe(204);
    expect(performance.now() - from).toBeLessThan(500);
  });

  it('by expiry reaches the upstream; a call under way and an open stream keep it alive', async () => {
    const { upstream, gateway, client } = await set('--session-idle-ms', '500');
    let held: ToolCall | undefined;
    upstream.tool = (call) => (held = call);
    const pending = client.start('POST', client.callBody(1)).reply;
    const streaming = await new WireClient(gateway.url).open();
    const stream = await streaming.stream();
    const idle = await new WireClient(gateway.url).open();
    await until('the idle one to expire', () => upstream.deletes().length === 1);
    held?.reply({ content: [{ text: 'kept' }] });
    expect(textOf(await pending)).toBe('kept');
    expect((await idle.call()).status).toBe(404);
    expect(stream.ended()).toBe(false);
    stream.close();
    await until('the others to expire', () => upstream.deletes().length === 3);
  });

  it('leaves nothing behind when the client left during initialize', async () => {
    const { upstream, gateway } = await set();
    let release = (): void => {};
    upstream.intercept = ({ method, id }, response) => {
      if (method !== 'initialize') return false;
      release = () => {
        upstream.sessions.set('orphan', 0);
        const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} };
        response.writeHead(200, {
          'content-type': 'application/json',
          'mcp-session-id': 'orphan',
        });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      };
      return true;
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} });
    const { abort, reply } = new WireClient(gateway.url).start('POST', body);
    await until('the handshake', () => upstream.of('initialize').length === 2);
    abort();
    await expect(reply).rejects.toThrow('socket hang up');
    // What came first is read first: after this the gateway knows that the client left.
    const health = new WireClient(gateway.url.replace('/mcp', '/health'));
    for (let n = 0; n < 3; n += 1) await health.start('GET').reply;
    release();
    await until('the DELETE', () => upstream.deletes().some(({ session }) => session === 'orphan'));
  });
});

describe('the GET stream', () => {
  const note = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
  const push = (upstream: FakeUpstream, message: unknown): void => {
    for (const stream of upstream.streams.values()) {
      stream.write(`data: ${JSON.stringify(message)}\n\n`);
    }
  };

  it('carries what the upstream says outside of calls, to the one session', async () => {
    const { upstream, gateway, client } = await set();
    const other = await new WireClient(gateway.url).open();
    const [mine, theirs] = [await client.stream(), await other.stream()];
    await until('both streams upstream', () => upstream.streams.size === 2);
    const [first] = upstream.streams.values();
    first?.write(`data: ${JSON.stringify(note)}\n\n`);
    await until('the message', () => mine.messages.length + theirs.messages.length === 1);
    mine.close();
    expect(textOf(await client.call())).toBe('fake 1');
  });

  it('is opened again upstream after a cut, without the client noticing', async () => {
    const { upstream, client } = await set();
    const stream = await client.stream();
    await until('the stream upstream', () => upstream.streams.size === 1);
    upstream.streams.clear();
    upstream.cutConnections();
    await until('the stream again', () => upstream.streams.size === 1);
    push(upstream, note);
    await until('the message', () => stream.messages.length === 1);
    expect(stream.ended()).toBe(false);
  });

  it('stays open and quiet when the upstream has none, which is asked once', async () => {
    const { upstream, gateway, client } = await set();
    const gets = (session?: string): number =>
      upstream.received.filter((one) => one.http === 'GET' && one.session === session).length;
    upstream.intercept = ({ http, session }, response) => {
      // The first session has no stream; the second one's is cut, so it is opened again.
      const isFirst = session === 'fake-1';
      const headers = { 'content-type': 'text/event-stream' };
      if (http === 'GET') response.writeHead(isFirst ? 405 : 200, headers).end();
      return http === 'GET';
    };
    const stream = await client.stream();
    await until('the GET upstream', () => gets('fake-1') === 1);
    const other = await (await new WireClient(gateway.url).open()).stream();
    await until('the other to be opened again', () => gets('fake-2') === 2);
    expect([gets('fake-1'), stream.ended(), other.ended()]).toEqual([1, false, false]);
    expect(textOf(await client.call())).toBe('fake 1');
  });

  it('gives way to a newer one, and ends with the session', async () => {
    const { upstream, client } = await set();
    const old = await client.stream();
    const recent = await client.stream();
    await until('the old one to end', () => old.ended());
    await until('the stream upstream', () => upstream.streams.size === 1);
    push(upstream, note);
    await until('the message', () => recent.messages.length === 1);
    await client.start('DELETE').reply;
    await until('the stream to end', () => recent.ended());
  });
});
