/**
 * A fuzz run against a real gateway process: bursts of inputs side by side, and after each burst an
 * honest session that must count on as if nothing had been. A failure prints the seed that repeats it
 * and the smallest burst that shows it.
 */

import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import * as fc from 'fast-check';
import { locate } from '../../gateway/jsonrpc/scan.ts';
import { FakeUpstream, type Received } from '../../gateway/testing/fake-upstream.ts';
import { GatewayProcess } from '../../gateway/testing/gateway-process.ts';
import { rawExchange } from '../../gateway/testing/raw-exchange.ts';
import { textOf, WireClient } from '../../gateway/testing/wire-client.ts';
import { bytesOf, input, type Input } from './inputs.ts';
import { SHAPES, type Shape } from './shapes.ts';
import type { Site } from './site.ts';
import { mustBeHarmless, mustBeRefused, mustSuit } from './verdict.ts';

export interface Campaign {
  readonly inputs: number;
  readonly seed: number;
}

export interface Outcome {
  readonly inputs: number;
  readonly ms: number;
  /** Resident memory of the gateway after a tenth of the inputs and at the end, in MiB. */
  readonly memory: readonly [early: number, late: number];
}

const TOKEN = 'token-of-the-fuzz';
const BURST = 12;
const BURSTS_A_ROUND = 50;
const FLAGS = [
  '--user',
  `mallory=${TOKEN}`,
  '--max-body-bytes',
  '100000',
  '--max-sessions',
  '50',
  '--session-idle-ms',
  '10000',
  '--log-level',
  'error',
];

async function judge(given: Input, site: Site): Promise<void> {
  const { port } = site;
  if (given.kind === 'shape') {
    const shape = SHAPES.find(({ to }) => to === given.to) as Shape;
    const { status, code = -32600, id = null, isEnded = false, isHead = false } = shape;
    const answers = await rawExchange({ port, bytes: shape.bytes(site, given), isEnded, isHead });
    if (!isHead) mustBeRefused(answers, { status, code, id });
    return;
  }
  const isNoise = given.kind === 'noise';
  const answers = await rawExchange({ port, bytes: bytesOf(given, site), isEnded: isNoise });
  if (isNoise) mustBeHarmless(answers);
  else mustSuit(answers, given.text);
}

/** Answers whatever of the inputs got through, under the id that it bore. */
function echo({ raw }: Received, response: ServerResponse): void {
  const bytes = Buffer.from(raw);
  const range = locate(bytes, ['id']);
  if (range === undefined) {
    response.writeHead(202).end();
    return;
  }
  const id = bytes.toString('utf8', range.start, range.end);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** @throws Error with the seed and the counterexample of the first property that does not hold. */
export async function fuzz({ inputs, seed }: Campaign): Promise<Outcome> {
  await using upstream = await FakeUpstream.start();
  await using gateway = await GatewayProcess.start('--upstream', `one=${upstream.url}`, ...FLAGS);
  const victim = await new WireClient(gateway.url, TOKEN).open();
  const honest = await new WireClient(gateway.url, TOKEN).open();
  const [, spared] = [...upstream.sessions.keys()];
  upstream.intercept = (received, response) => {
    const isInput = received.http === 'POST' && received.session !== spared;
    if (isInput) echo(received, response);
    return isInput;
  };
  const { port, pathname } = new URL(gateway.url);
  const site = { port: Number(port), path: pathname, token: TOKEN, session: victim.id ?? '' };
  const memory: number[] = [];
  const from = performance.now();
  const so = { far: 0, counted: 0 };
  const burst = async (given: readonly Input[]): Promise<void> => {
    await Promise.all(given.map((one) => judge(one, site)));
    const said = textOf(await honest.call());
    so.counted += 1;
    if (said !== `fake ${so.counted}`) throw new Error(`the honest session hears: ${said}`);
    if (gateway.hasExited) throw new Error(`the gateway ended: ${gateway.log}`);
    upstream.received.length = 0;
    so.far += given.length;
  };
  const bursts = fc.array(input, { minLength: 1, maxLength: BURST, size: 'max' });
  for (let round = 0; so.far < inputs; round += 1) {
    const options = { seed: seed + round, numRuns: BURSTS_A_ROUND };
    await fc.assert(fc.asyncProperty(bursts, burst), options);
    if (memory.length === 0 && so.far * 10 >= inputs) memory.push(await residentMiB(gateway.pid));
  }
  memory.push(await residentMiB(gateway.pid));
  const [early = 0, late = 0] = memory;
  return { inputs: so.far, ms: performance.now() - from, memory: [early, late] };
}
