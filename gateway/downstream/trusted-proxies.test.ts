import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { TrustedProxies } from './trusted-proxies.ts';

function request(from: string, headers: Record<string, string>): IncomingMessage {
  return { headers, socket: { remoteAddress: from } } as unknown as IncomingMessage;
}

const proxies = new TrustedProxies(['10.0.0.0/8', 'fd00::/8']);

describe('the client', () => {
  it.each([
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['fd00::1', '2a00::1', '2a00::1'],
    ['10.0.0.1', '1.2.3.4, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', '198.51.100.1, <script>', '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
  ])('from %s, forwarded for "%s", is %s', (from, forwarded, client) => {
    expect(proxies.clientOf(request(from, { 'x-forwarded-for': forwarded }))).toBe(client);
  });

  it('is nobody else without trusted proxies', () => {
    const none = new TrustedProxies([]);
    const forwarded = request('10.0.0.1', { 'x-forwarded-for': '198.51.100.1' });
    expect(none.clientOf(forwarded)).toBe('10.0.0.1');
  });
});

it('the host is what a trusted proxy says, and from others what it is', () => {
  const headers = { host: 'inside', 'x-forwarded-host': 'outside' };
  expect(proxies.hostOf(request('10.0.0.1', headers))).toBe('outside');
  expect(proxies.hostOf(request('10.0.0.1', { host: 'inside' }))).toBe('inside');
  expect(proxies.hostOf(request('203.0.113.9', headers))).toBe('inside');
});
