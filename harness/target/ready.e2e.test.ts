import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CounterProcess, startCounter } from '../fixture/counter-process.ts';
import { findTargetFile, planFor } from './find-target.ts';
import { SpecPlan } from './plan.ts';
import { awaitReady } from './ready.ts';
import { readTargetFile } from './target-file.ts';
import type { TargetPlan } from './target.ts';

let folder: string;
let fixture: CounterProcess;
const { signal } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ready-'));
  fixture = await startCounter('counter', {}, { ledgerFile: join(folder, 'ledger'), seed: 1 });
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A target that runs this script, with $PORT and the upstream's URL as arguments. */
async function scriptPlan(script: string, extra = '', startTimeoutMs = 1500): Promise<TargetPlan> {
  const name = `target-${plans++}`;
  await writeFile(join(folder, `${name}.mjs`), script);
  const yaml = [
    'name: mine',
    `command: $NODE ${name}.mjs $PORT $UPSTREAM_URL`,
    'endpoint: http://127.0.0.1:$PORT/mcp',
    `startTimeoutMs: ${startTimeoutMs}`,
    extra,
  ].join('\n');
  await writeFile(join(folder, `${name}.yaml`), yaml);
  return new SpecPlan(await readTargetFile(join(folder, `${name}.yaml`)));
}

let plans = 0;

const settings = () => ({
  upstreams: [{ name: 'counter', url: `http://127.0.0.1:${fixture.port}/mcp` }],
});

async function becomeReady(plan: TargetPlan): Promise<void> {
  await using target = await plan.start(settings(), signal);
  await awaitReady(plan, target, [fixture], signal);
}

const FORWARDER = `
import { createServer, connect } from 'node:net';
const upstream = new URL(process.argv[3]);
createServer((client) => {
  const socket = connect(Number(upstream.port), upstream.hostname);
  client.pipe(socket).pipe(client);
  client.on('error', () => socket.destroy());
  socket.on('error', () => client.destroy());
}).listen(Number(process.argv[2]), '127.0.0.1');`;

const ANSWER = (body: string): string => `
import { createServer } from 'node:http';
createServer((request, response) => { ${body} }).listen(Number(process.argv[2]), '127.0.0.1');`;

test('a target that forwards bytes is ready', async () => {
  await becomeReady(await scriptPlan(FORWARDER));
  const applied = (await fixture.ledger.since(0)).filter((line) => line.kind === 'apply');
  expect(applied.map((line) => line.opId)).toEqual(['ready:ready-1.1']);
});

test.each([
  [
    'ends at once',
    'console.error("no licence"); process.exit(3)',
    /ended with exit code 3 before it listened[^]*no licence/,
  ],
  [
    'never listens',
    'setInterval(() => {}, 1e6)',
    /never listened on 127\.0\.0\.1:\d+ within 1500 ms \(ECONNREFUSED\)/,
  ],
  [
    'answers HTML',
    ANSWER('response.setHeader("content-type", "text/html"); response.end("<!doctype html><p>hi")'),
    /it answers HTML, so this is no MCP endpoint.*doctype/,
  ],
  [
    'listens but is no MCP server',
    ANSWER('response.writeHead(404); response.end("nothing here")'),
    /it listens but does not speak MCP there; initialize: http-error status 404 "nothing here"/,
  ],
  [
    'speaks only the sessionless revision',
    ANSWER(
      `response.writeHead(400, { "content-type": "application/json" });
       response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code: -32022, message: "unsupported", data: { supported: ["2026-07-28"] } } }))`,
    ),
    /speaks only the sessionless revision 2026-07-28/,
  ],
  [
    'has no counter behind it',
    ANSWER(
      `let text = ""; request.on("data", (c) => text += c); request.on("end", () => {
         const { id, method } = JSON.parse(text || "{}");
         if (id === undefined) { response.writeHead(202); response.end(); return; }
         response.setHeader("content-type", "application/json");
         const result = method === "initialize" ? { protocolVersion: "2025-11-25" } : { tools: [{ name: "weather" }] };
         response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
       })`,
    ),
    /the counter's tools are not among the 1 it lists \(weather\)/,
  ],
  [
    'answers increments out of its own head',
    ANSWER(
      `let text = ""; request.on("data", (c) => text += c); request.on("end", () => {
         const { id, method } = JSON.parse(text || "{}");
         if (id === undefined) { response.writeHead(202); response.end(); return; }
         response.setHeader("content-type", "application/json");
         const results = {
           initialize: { protocolVersion: "2025-11-25" },
           "tools/list": { tools: [{ name: "increment" }] },
           "tools/call": { content: [{ type: "text", text: "1" }] },
         };
         response.end(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] }));
       })`,
    ),
    /it answered an increment that counter never applied/,
  ],
  [
    'dies while we wait',
    ANSWER('console.log("bye"); process.exit(5)'),
    /ended with exit code 5 before it was ready[^]*bye/,
  ],
])('a target that %s is not ready, and the sentence says why', async (_, script, message) => {
  const failing = becomeReady(await scriptPlan(script));
  await expect(failing).rejects.toMatchObject({
    exitCode: 69,
    message: expect.stringMatching(message),
  });
});

test('a command that does not exist is not ready', async () => {
  const plan = await planFor({
    command: './no-such-gateway',
    endpoint: 'http://127.0.0.1:$PORT/mcp',
  });
  await expect(plan.start(settings(), signal)).rejects.toMatchObject({
    exitCode: 69,
    message: expect.stringContaining('no-such-gateway cannot be started'),
  });
});

test('a running endpoint is reached and left alone', async () => {
  const http = createServer((_, response) => response.end());
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const plan = await planFor({ endpoint: `http://127.0.0.1:${port}/mcp`, upstreamPort: 4 });
  expect(plan.upstreamPort).toBe(4);
  const target = await plan.start(settings(), signal);
  expect(target.pid).toBeUndefined();
  await expect(target.stop(1)).rejects.toThrow('not ours to stop');
  await target[Symbol.asyncDispose]();
  expect(http.listening).toBe(true);
  http.close();
});

test('a module prepares once, adds to the environment, provisions and logs', async () => {
  await writeFile(
    join(folder, 'module.mjs'),
    `export default {
       prepare: async ({ progress }) => (progress('installing'), { SHARED: 'from-prepare' }),
       environment: ({ variables }) => ({ env: { GREETING: 'hi ' + variables.SHARED }, variables: { WORD: 'w' } }),
       provision: async ({ endpoint, upstreams, env, log }) => {
         log('took ' + upstreams[0].name + ' ' + env.GREETING);
         return { endpoint: new URL('/mcp?provisioned', endpoint), headersOf: () => ({ 'x-team': 't' }) };
       },
     }`,
  );
  const plan = await scriptPlan(
    `${FORWARDER}\nconsole.log(process.env.GREETING, process.env.PLAIN)`,
    'module: ./module.mjs\nenv:\n  PLAIN: port $PORT\nheaders:\n  x-key: k-$SHARED',
  );
  const lines: string[] = [];
  await plan.prepare(signal, (line) => void lines.push(line));
  await plan.prepare(signal, (line) => void lines.push(line));
  expect(lines).toEqual(['installing']);
  await using target = await plan.start(settings(), signal);
  expect(target.endpoint.search).toBe('?provisioned');
  expect(target.headersOf(undefined)).toEqual({ 'x-key': 'k-from-prepare', 'x-team': 't' });
  await expect.poll(() => target.log()).toHaveLength(2);
  expect(target.log()[0]).toBe('took counter hi from-prepare');
  expect(target.log()[1]).toBe(`hi from-prepare port ${target.endpoint.port}`);
});

test('a provision that fails is not ready, and nothing is left running', async () => {
  await writeFile(
    join(folder, 'failing.mjs'),
    `export default { provision: async () => { throw new Error('422 loopback refused'); } }`,
  );
  const plan = await scriptPlan(
    `${FORWARDER}\nconsole.log('pid', process.pid)`,
    'module: ./failing.mjs',
  );
  const error = (await plan.start(settings(), signal).catch((reason: unknown) => reason)) as Error;
  expect(error).toMatchObject({ exitCode: 69 });
  const pid = /did not take its upstreams: 422 loopback refused[^]*pid (\d+)/.exec(
    error.message,
  )?.[1];
  expect(Number(pid)).toBeGreaterThan(1);
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
});

test('the reference gateway becomes ready and changes its upstreams through its admin API', async () => {
  const plan = new SpecPlan(await readTargetFile(await findTargetFile('reference')));
  await using target = await plan.start(settings(), signal);
  await awaitReady(plan, target, [fixture], signal);
  await target.admin?.describeUpstream('counter', 'a counter');
  await target.admin?.changeUpstreamHeader('counter', 'x-new', 'yes');
  await target.admin?.addUpstream({ name: 'second', url: settings().upstreams[0]?.url ?? '' });
  await target.admin?.removeUpstream('second');
  await expect(target.admin?.removeUpstream('second')).rejects.toThrow('404');
  expect(await target.stop(5000)).toMatchObject({ code: 0, signal: null });
});
