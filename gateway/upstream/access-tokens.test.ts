import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from '../observe/log.ts';
import { TokenEndpoint } from '../testing/token-endpoint.ts';
import { until } from '../testing/until.ts';
import { AccessTokens } from './access-tokens.ts';
import { AddressGuard } from './address-guard.ts';
import { definitionSchema } from './definition.ts';

let endpoint: TokenEndpoint;
let tokens: AccessTokens;
let later = 0;

beforeEach(async () => {
  later = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + later);
  endpoint = await TokenEndpoint.start();
  const given = { tokenEndpoint: endpoint.url, clientId: 'c', clientSecret: 's' };
  const url = 'https://example.com';
  const { oauth } = definitionSchema.parse({ name: 'one', url, authType: 'oauth', oauth: given });
  if (oauth === null) throw new Error('it is there');
  const guard = new AddressGuard([]);
  tokens = new AccessTokens(oauth, { upstream: 'one', guard, log: createLog('silent') });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await tokens.destroy();
  await endpoint[Symbol.asyncDispose]();
});

it('a token is renewed in the last fifth of its life, while it is still used', async () => {
  expect(await tokens.ask()).toBe('t1');
  later = 0.79 * 3_600_000;
  expect(tokens.current).toBe('t1');
  later = 0.81 * 3_600_000;
  expect([tokens.current, tokens.current]).toEqual(['t1', 't1']);
  await until('the new token', () => tokens.current === 't2');
  expect(endpoint.requests).toHaveLength(2);
});

it('a token is not used after its end', async () => {
  await tokens.ask();
  later = 3_600_001;
  expect(tokens.current).toBeUndefined();
});

it('a token without a lifetime is used until it is refused', async () => {
  endpoint.lifetime = undefined;
  await tokens.ask();
  later = 1e12;
  expect(tokens.current).toBe('t1');
  expect(await Promise.all([tokens.instead('t1'), tokens.instead('t1')])).toEqual(['t2', 't2']);
  expect(await tokens.instead('t1')).toBe('t2');
  expect(endpoint.requests).toHaveLength(2);
});

it('after a failure nobody asks again for a second', async () => {
  const { answer } = endpoint;
  endpoint.answer = (response) => void response.writeHead(503).end();
  await expect(tokens.ask()).rejects.toThrow('there is no access token');
  endpoint.answer = answer;
  await expect(tokens.ask()).rejects.toThrow('there is no access token');
  expect(endpoint.requests).toHaveLength(1);
  later = 1_001;
  expect(await tokens.ask()).toBe('t2');
});

it.each([
  ['no token', '{"token_type":"bearer"}'],
  ['a token that no header can carry', '{"access_token":"a\\r\\nb","token_type":"bearer"}'],
  ['a token of another type', '{"access_token":"a","token_type":"mac"}'],
  ['no JSON', '<html>'],
  ['more than it may', JSON.stringify({ access_token: 'a'.repeat(70_000), token_type: 'bearer' })],
])('an answer with %s is none', async (_, text) => {
  endpoint.answer = (response) => void response.writeHead(200).end(text);
  await expect(tokens.ask()).rejects.toThrow('there is no access token');
});
