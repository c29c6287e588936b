import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { isNetwork } from '../networks.ts';
import { AddressGuard, FORBIDDEN_ADDRESS } from './address-guard.ts';

const guard = new AddressGuard([]);

describe('an address', () => {
  it.each(['8.8.8.8', '1.1.1.1', '223.255.255.255', '2606:4700::1111', '2a00:1450::8a'])(
    '%s is public',
    (address) => expect(guard.allows(address)).toBe(true),
  );

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.1.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '198.19.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    '2002:7f00:1::',
    '2001:db8::1',
  ])('%s is not', (address) => expect(guard.allows(address)).toBe(false));

  it('may be allowed by the network it is in', () => {
    const own = new AddressGuard(['10.1.0.0/16', 'fd00::/8']);
    const allowed = ['10.1.2.3', '10.2.0.1', 'fd12::1', 'fc00::1', '127.0.0.1', '8.8.8.8'];
    expect(allowed.filter((address) => own.allows(address))).toEqual([
      '10.1.2.3',
      'fd12::1',
      '8.8.8.8',
    ]);
  });
});

describe('a URL', () => {
  it.each([
    'http://127.0.0.1:80/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest/meta-data',
  ])('%s is not let in, however it is written', (url) => {
    expect(guard.admits(url)).toBe(false);
  });

  it('is let in when the configuration names its origin, and only as long as it does', () => {
    const own = new AddressGuard([]);
    own.trust(['http://127.0.0.1:9000/mcp']);
    const admitted = ['http://127.0.0.1:9000/other', 'http://127.0.0.1:9001/mcp'];
    expect(admitted.map((url) => own.admits(url))).toEqual([true, false]);
    own.trust([]);
    expect(own.admits('http://127.0.0.1:9000/mcp')).toBe(false);
  });
});

describe('a name', () => {
  const found: LookupAddress[] = [
    { address: '10.0.0.1', family: 4 },
    { address: '8.8.8.8', family: 4 },
  ];
  const resolving = (addresses: LookupAddress[]): AddressGuard =>
    new AddressGuard([], ((_name: string, _options: unknown, done: Function) =>
      done(null, addresses)) as never);
  const lookUp = (own: AddressGuard, origin: string, all: boolean): Promise<unknown> =>
    new Promise((resolve) => {
      own.lookupFor(origin)('host', { all }, (error, address) => resolve(error?.code ?? address));
    });

  it('is connected to at its allowed addresses only', async () => {
    const own = resolving(found);
    expect(await lookUp(own, 'http://host', true)).toEqual([found[1]]);
    expect(await lookUp(own, 'http://host', false)).toBe('8.8.8.8');
  });

  it('is not connected to without an allowed one', async () => {
    const own = resolving(found.slice(0, 1));
    expect(await lookUp(own, 'http://host', true)).toBe(FORBIDDEN_ADDRESS);
    expect(await lookUp(own, 'http://host', false)).toBe(FORBIDDEN_ADDRESS);
  });

  it('is connected to as it is when the configuration names it', async () => {
    const own = resolving(found);
    own.trust(['http://host/mcp']);
    expect(await lookUp(own, 'http://host', true)).toEqual(found);
    expect(await lookUp(own, 'http://host:81', true)).toEqual([found[1]]);
  });
});

it.each(['10.0.0.0/8', '::/0', '127.0.0.1/32'])('%s is a network', (text) => {
  expect(isNetwork(text)).toBe(true);
});

it.each(['10.0.0.0', '10.0.0.0/33', 'x/8', '::/129', '10.0.0.0/8/8', '10.0.0.0/', '/8'])(
  '%s is none',
  (text) => expect(isNetwork(text)).toBe(false),
);
