/**
 * An MCP server over its standard streams, started as a child process in tests. Its tools are its
 * ways to misbehave; its journal, a file, has one line for each message that it read, after a first
 * one with its pid. Arguments: the journal's path, then what it does from its start on.
 */

import { spawn } from 'node:child_process';
import { appendFileSync, closeSync } from 'node:fs';
import { createInterface } from 'node:readline';

type Json = Record<string, unknown>;

const [journal = '', ...habits] = process.argv.slice(2);
const has = (habit: string): boolean => habits.includes(habit);
let count = 0;

function record(entry: Json): void {
  appendFileSync(journal, `${JSON.stringify(entry)}\n`);
}

function say(message: Json): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

/** Somebody who keeps standard output open and would outlive this process. */
function grandchild(): number {
  const sleeper = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, ['-e', sleeper], { stdio: 'inherit' });
  return child.pid ?? 0;
}

const TOOLS: Readonly<Record<string, (reply: (text: string) => void, id: unknown) => void>> = {
  add: (reply) => reply(String((count += 1))),
  hang: () => {},
  crash: () => process.kill(process.pid, 'SIGKILL'),
  'answer-and-exit': (reply) => {
    reply('last words');
    process.exitCode = 3;
    process.stdin.destroy();
  },
  'close-output': () => closeSync(1),
  garbage: (reply) => {
    process.stdout.write('Listening...\n\n{"jsonrpc":"2.0","id":\r\n[]\n{"id":1}\n\u0000\n');
    say({ id: 'nobody asked', result: {} });
    say({ method: 'ping' });
    process.stdout.write('not JSON ');
    process.stdout.write('in two pieces\n');
    reply('after garbage');
  },
  noise: (reply) => {
    process.stderr.write(`${'x'.repeat(5_000)}\n`.repeat(2_000), () => reply('noisy'));
  },
  flood: (reply) => {
    let left = 2_000;
    const more = (): void => {
      while (left > 0) {
        left -= 1;
        const params = { level: 'info', data: 'x'.repeat(64 * 1024) };
        const line = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params });
        if (process.stdout.write(`${line}\n`)) continue;
        process.stdout.once('drain', more);
        return;
      }
      reply('flooded');
    };
    more();
  },
  environment: (reply) => reply(JSON.stringify(process.env)),
  'ask-roots': (reply) => {
    asked = reply;
    say({ id: 'roots', method: 'roots/list' });
  },
  'ask-ping': (reply) => {
    asked = reply;
    say({ id: 'alive?', method: 'ping' });
  },
};
let asked: ((text: string) => void) | undefined;

function answer(message: Json): void {
  const { id, method, params } = message;
  record(message);
  if (method === undefined) asked?.(JSON.stringify(message));
  if (id === undefined || method === undefined) return;
  const given = params as Json;
  const reply = (text: string): void => say({ id, result: { content: [{ type: 'text', text }] } });
  if (method === 'initialize') {
    const serverInfo = { name: 'stdio', version: '1' };
    const { protocolVersion } = given;
    say({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
  } else if (method === 'tools/call') TOOLS[String(given['name'])]?.(reply, id);
  else say({ id, result: {} });
}

record({ pid: process.pid, grandchild: has('grandchild') ? grandchild() : 0 });
if (has('stubborn')) {
  process.on('SIGTERM', () => record({ signal: 'SIGTERM' }));
  setInterval(() => {}, 1_000);
}
if (has('dies')) process.exit(7);
if (has('deaf')) setInterval(() => {}, 1_000);
else {
  createInterface({ input: process.stdin }).on('line', (line) => {
    answer(JSON.parse(line) as Json);
  });
}
