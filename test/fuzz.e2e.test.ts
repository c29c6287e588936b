/** Bad input against a real gateway process, over raw sockets. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from '../gateway/testing/fake-upstream.ts';
import { GatewayProcess } from '../gateway/testing/gateway-process.ts';
import { rawExchange } from '../gateway/testing/raw-exchange.ts';
import { until } from '../gateway/testing/until.ts';
import { WireClient, type Reply } from '../gateway/testing/wire-client.ts';
import { fuzz, GROWTH_MIB } from './fuzz/campaign.ts';
import { SHAPES } from './fuzz/shapes.ts';
import { requestTo, type Site } from './fuzz/site.ts';
import { refusalIn } from './fuzz/verdict.ts';

describe('bad input is refused in words', () => {
  const token = 'token-of-the-fuzz';
  let upstream: FakeUpstream;
  let gateway: GatewayProcess;
  let site: Site;

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    const flags = ['--upstream', `one=${upstream.url}`, '--user', `mallory=${token}`];
    gateway = await GatewayProcess.start(...flags, '--max-body-bytes', '100000');
    const client = await new WireClient(gateway.url, token).open();
    const { port, pathname } = new URL(gateway.url);
    const session = client.id ?? '';
    site = { port: Number(port), path: pathname, token, session, batchSession: '' };
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  it.each(SHAPES)(
    'answers $status to $to',
    async ({ status, code, id, isHead, isEnded, bytes }) => {
      const variants = Array.from({ length: 10 }, (_, number) => ({ word: 'word', number }));
      for (const draw of variants) {
        const given = bytes(site, draw);
        const answers = await rawExchange({
          port: site.port,
          bytes: given,
          isHead: isHead === true,
          isEnded: isEnded === true,
        });
        const shown = given.toString('latin1', 0, 600);
        expect([shown, answers.map((answer) => answer.status)]).toEqual([shown, [status]]);
        if (isHead === true) continue;
        const { error, id: said } = refusalIn(answers[0] as NonNullable<(typeof answers)[0]>);
        expect([shown, error.code, said]).toEqual([shown, code ?? -32600, id ?? null]);
      }
      expect(gateway.hasExited).toBe(false);
    },
  );
});

describe('a gateway with little memory', () => {
  let upstream: FakeUpstream;
  let gateway: GatewayProcess;
  let client: WireClient;

  beforeEach(async () => {
    upstream = await FakeUpstream.start();
    gateway = await GatewayProcess.startSmall(100, '--upstream', `one=${upstream.url}`);
    client = await new WireClient(gateway.url).open();
  });

  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  it('takes a body in hundreds of thousands of chunks, which is no more than its bytes', async () => {
    const { port, pathname } = new URL(gateway.url);
    const session = client.id ?? '';
    const site = { port: Number(port), path: pathname, token: '', session, batchSession: '' };
    const body = `${'1\r\nx\r\n'.repeat(600_000)}0\r\n\r\n`;
    const add = ['Transfer-Encoding: chunked'];
    const bytes = requestTo(site, { add, body, isFramedByHand: true });
    const answers = await rawExchange({ port: site.port, bytes });
    expect(answers.map(({ status }) => status)).toEqual([400]);
    expect((await client.call()).status).toBe(200);
  });

  it('carries calls side by side whose arguments would be large when parsed', async () => {
    const waiting: ToolCall[] = [];
    upstream.tool = (call) => void waiting.push(call);
    const filling = `[${'{},'.repeat(500_000)}{}]`;
    const replies: Promise<Reply>[] = [];
    for (let id = 0; id < 10; id += 1) {
      const body = client.callBody(id).replace('"arguments":{}', `"arguments":{"x":${filling}}`);
      replies.push(client.start('POST', body).reply);
      await until('the call upstream', () => waiting.length > id);
    }
    for (const { reply } of waiting) reply({ content: [] });
    const answers = await Promise.all(replies);
    expect(answers.map(({ messages: [message] }) => message?.['id'])).toEqual(
      Array.from({ length: 10 }, (_, id) => id),
    );
  });

  it('keeps no large initialize', async () => {
    const stranger = new WireClient(gateway.url);
    const reply = await stranger.initialize({ experimental: { x: 'x'.repeat(70_000) } });
    expect([reply.status, stranger.id]).toEqual([413, undefined]);
  });
});

it('2,000 inputs get the answer that their kind must get, beside a session that counts on', async () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`FUZZ_SEED=${seed}\n`);
  const { inputs, half, end } = await fuzz({ inputs: 2_000, seed });
  expect(inputs).toBeGreaterThanOrEqual(2_000);
  expect(end.heap - half.heap).toBeLessThan(GROWTH_MIB.heap);
  expect(end.resident - half.resident).toBeLessThan(GROWTH_MIB.resident);
});
