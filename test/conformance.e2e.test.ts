/** The official suite, once against a server and once through the gateway in front of it. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spawnCounter } from '../fixtures/counter/spawn-for-test.ts';
import { GatewayProcess } from '../gateway/testing/gateway-process.ts';
import { DIFFERENCES } from './conformance/differences.ts';
import { clientScenario, lostBetween, passed, serverSuite } from './conformance/suite.ts';
import type { Outcomes } from './conformance/suite.ts';

const EVERYTHING = fileURLToPath(
  import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'),
);
const REFERENCE = fileURLToPath(new URL('conformance/reference-server.ts', import.meta.url));
const CLIENT = fileURLToPath(new URL('conformance/client.ts', import.meta.url));

interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
}

/** A program of a test, started; it ends with the test. */
function program(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  return {
    child,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** The first line that the program writes and that `pattern` matches. */
async function line(from: NodeJS.ReadableStream | null, pattern: RegExp): Promise<string> {
  if (from === null) throw new Error('no output');
  for await (const text of createInterface(from)) {
    const [match] = pattern.exec(text) ?? [];
    if (match !== undefined) return match;
  }
  throw new Error(`it ended without writing ${pattern}`);
}

/** Both ways at the same time: the suite is one client that mostly waits. */
async function bothWays(upstream: string): Promise<readonly [Outcomes, Outcomes]> {
  await using gateway = await GatewayProcess.start('--upstream', `one=${upstream}`);
  return await Promise.all([serverSuite(upstream), serverSuite(gateway.url)]);
}

/** What must have been looked at for a comparison to say anything. */
const ANYWHERE = [
  'server-initialize server-initialize',
  'server-initialize server-session-id-visible-ascii',
  'ping ping',
  'tools-list tools-list',
  'server-session-lifecycle server-session-delete-accepted',
  'server-sse-multiple-streams server-accepts-multiple-post-streams',
];
const OF_COUNTER = [
  'server-session-lifecycle server-session-terminated-returns-404',
  'dns-rebinding-protection localhost-host-rebinding-rejected',
];
const OF_EVERYTHING = [
  'logging-set-level logging-set-level',
  'prompts-list prompts-list',
  'resources-list resources-list',
  'resources-subscribe resources-subscribe',
];
/** The suite's own servers that a client finds at the other end. */
const CLIENT_SCENARIOS = [
  'initialize',
  'tools_call',
  'elicitation-sep1034-client-defaults',
  'json-schema-2020-12-preservation',
  'sse-retry',
];

function declared(peer: string): Record<string, string> {
  const own = DIFFERENCES.filter((difference) => difference.peer === peer);
  return Object.fromEntries(own.map(({ check, becomes }) => [check, becomes]));
}

/** The example server takes a port, and would not say which one it got for 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('what passes on the direct connection passes through the gateway', () => {
  it('in front of a server with everything that the suite asks for', async () => {
    await using server = program([REFERENCE]);
    const port = await line(server.child.stdout, /\d+/);
    const [direct, through] = await bothWays(`http://127.0.0.1:${port}/mcp`);
    expect(passed(direct)).toHaveLength(direct.size);
    expect(lostBetween(direct, through)).toEqual(declared('reference'));
  });

  it('in front of the official example server', async () => {
    const port = await freePort();
    await using server = program([EVERYTHING, 'streamableHttp'], { PORT: String(port) });
    await line(server.child.stderr, /listening on port/);
    const [direct, through] = await bothWays(`http://127.0.0.1:${port}/mcp`);
    expect(passed(direct)).toEqual(expect.arrayContaining([...ANYWHERE, ...OF_EVERYTHING]));
    expect(lostBetween(direct, through)).toEqual(declared('everything'));
  });

  it('in front of the counter fixture', async () => {
    await using counter = await spawnCounter();
    const [direct, through] = await bothWays(counter.url.href);
    expect(passed(direct)).toEqual(expect.arrayContaining([...ANYWHERE, ...OF_COUNTER]));
    expect(lostBetween(direct, through)).toEqual(declared('counter'));
  });

  it.each(CLIENT_SCENARIOS)('for a client, scenario %s', async (scenario) => {
    const command = `${process.execPath} ${CLIENT}`;
    const [direct, through] = await Promise.all([
      clientScenario(scenario, command),
      clientScenario(scenario, `${command} --gateway`),
    ]);
    expect(passed(direct)).toHaveLength(direct.size);
    expect(lostBetween(direct, through)).toEqual(declared(scenario));
  });
});
