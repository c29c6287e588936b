import type { CryptoKey } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../observe/log.ts';
import { SparseLog } from '../observe/sparse-log.ts';
import { JwksServer, JWT_NAMES, JWT_SECRET, tokenOf } from '../testing/tokens.ts';
import { jwtSchema, KeysUnavailable } from './jwt.ts';
import { Users, type User } from './users.ts';

const log = new SparseLog(createLog('silent'));
const NOBODY = { users: [], revokedTokens: [] };
const ALICE = { name: 'alice', token: 'a' };

function withJwt(settings: object): Users {
  return new Users({ ...NOBODY, jwt: jwtSchema.parse({ ...JWT_NAMES, ...settings }) }, log);
}

const nameOf = async (users: Users, token: string): Promise<string | undefined> =>
  (await users.identify(`Bearer ${token}`))?.name;

describe('static tokens', () => {
  it('are known at once by their digest, whoever is configured last', () => {
    const users = new Users({ ...NOBODY, users: [ALICE] }, log);
    expect(users.identify('Bearer a')).toMatchObject({ name: 'alice' });
    expect(users.identify('bearer  a ')).toMatchObject({ name: 'alice' });
    for (const wrong of [undefined, '', 'a', 'Basic a', 'Bearer', 'Bearer b']) {
      expect(users.identify(wrong)).toBeUndefined();
    }
  });

  it('are digested once a connection, and looked up each time', () => {
    const users = new Users({ ...NOBODY, users: [ALICE, { name: 'bob', token: 'b' }] }, log);
    const connection = {};
    const now = (authorization: string): string | undefined =>
      (users.identify(authorization, connection) as User | undefined)?.name;
    expect([now('Bearer a'), now('Bearer a'), now('Bearer b'), now('Bearer c')]).toEqual([
      'alice',
      'alice',
      'bob',
      undefined,
    ]);
    expect([now('Bearer b'), now('Bearer a')]).toEqual(['bob', 'alice']);
    users.replace({ ...NOBODY, users: [{ name: 'carol', token: 'c' }] });
    expect([now('Bearer a'), now('Bearer c')]).toEqual([undefined, 'carol']);
  });

  it('say what became of a user when they are replaced', () => {
    const users = new Users({ ...NOBODY, users: [ALICE] }, log);
    const alice = users.identify('Bearer a') as User;
    const standing = (...now: { name: string; token: string; upstreams?: string[] }[]): string => {
      users.replace({ ...NOBODY, users: now });
      return users.standing(alice);
    };
    expect(standing(ALICE)).toBe('good');
    expect(standing({ name: 'alice', token: 'b' })).toBe('expired');
    expect(standing({ name: 'bob', token: 'a' })).toBe('gone');
    expect(standing({ ...ALICE, upstreams: ['one'] })).toBe('gone');
    expect(standing()).toBe('gone');
  });

  it('end what was open to everybody when there are users at last', () => {
    const users = new Users(NOBODY, log);
    const anybody = users.identify(undefined) as User;
    expect(users.standing(anybody)).toBe('good');
    users.replace({ ...NOBODY, users: [ALICE] });
    expect([users.identify(undefined), users.standing(anybody)]).toEqual([undefined, 'gone']);
  });
});

describe('JWTs with a shared secret', () => {
  it('are verified once, then known like a static token', async () => {
    const users = withJwt({ secret: JWT_SECRET });
    const bearer = `Bearer ${await tokenOf()}`;
    const first = users.identify(bearer);
    expect(first).toBeInstanceOf(Promise);
    expect(users.identify(bearer)).toBeInstanceOf(Promise);
    const user = await first;
    expect([user?.name, users.standing(user as User)]).toEqual(['alice', 'good']);
    expect(users.identify(bearer)).toMatchObject({ name: 'alice' });
  });

  it('are refused when anything about them is wrong', async () => {
    const users = withJwt({ secret: JWT_SECRET, leewaySeconds: 0 });
    const soon = Math.floor(Date.now() / 1000) + 60;
    const [head, body] = (await tokenOf()).split('.') as [string, string];
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const other = new TextEncoder().encode('another secret of 32 characters!');
    const wrong: Readonly<Record<string, string>> = {
      'another signature': await tokenOf({ key: other }),
      'another issuer': await tokenOf({ issuer: 'https://evil.example' }),
      'another audience': await tokenOf({ audience: 'an-upstream' }),
      expired: await tokenOf({ expires: -1 }),
      'not valid yet': await tokenOf({ claims: { nbf: soon } }),
      'another algorithm': await tokenOf({ header: { alg: 'HS384' } }),
      'no algorithm': `${none}.${body}.`,
      'no signature': `${head}.${body}.`,
      'no name': await tokenOf({ subject: '' }),
      'no JWT': 'a.b.c',
    };
    for (const [what, token] of Object.entries(wrong)) {
      expect([what, await nameOf(users, token)]).toEqual([what, undefined]);
    }
  });

  it('expire after the leeway, also when they are known', async () => {
    const users = withJwt({ secret: JWT_SECRET, leewaySeconds: 30 });
    const bearer = `Bearer ${await tokenOf({ expires: -10 })}`;
    const user = (await users.identify(bearer)) as User;
    expect(user.name).toBe('alice');
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 25_000);
    expect([users.identify(bearer), users.standing(user)]).toEqual([undefined, 'expired']);
    later.mockRestore();
  });

  it('are refused once revoked, and while that is being looked at', async () => {
    const jwt = jwtSchema.parse({ ...JWT_NAMES, secret: JWT_SECRET });
    const users = new Users({ ...NOBODY, jwt }, log);
    const bearer = `Bearer ${await tokenOf({ claims: { jti: 'stolen' } })}`;
    const user = (await users.identify(bearer)) as User;
    users.replace({ ...NOBODY, jwt });
    const meanwhile = users.identify(bearer);
    users.replace({ ...NOBODY, jwt, revokedTokens: ['stolen'] });
    expect([await meanwhile, await users.identify(bearer)]).toEqual([undefined, undefined]);
    expect(users.standing(user)).toBe('expired');
    users.replace({ ...NOBODY, users: [ALICE] });
    expect(users.standing(user)).toBe('gone');
  });

  it('prove nothing any more when they would not be let in now', async () => {
    const jwt = jwtSchema.parse({ ...JWT_NAMES, secret: JWT_SECRET });
    const users = new Users({ ...NOBODY, jwt }, log);
    const user = (await users.identify(`Bearer ${await tokenOf()}`)) as User;
    const standing = (changed: object): string => {
      users.replace({ ...NOBODY, jwt: { ...jwt, ...changed } });
      return users.standing(user);
    };
    expect(standing({})).toBe('good');
    expect(standing({ secret: 'leaked, and therefore changed by now' })).toBe('expired');
  });

  it('name the user and the upstreams in claims of our choice', async () => {
    const users = withJwt({ secret: JWT_SECRET, userClaim: 'email', upstreamsClaim: 'servers' });
    const upstreams = async (servers: unknown): Promise<unknown> => {
      const token = await tokenOf({ claims: { email: 'a@x', servers } });
      const user = await users.identify(`Bearer ${token}`);
      return [user?.name, user?.upstreams];
    };
    expect(await upstreams(['one', 2])).toEqual(['a@x', ['one']]);
    expect(await upstreams(undefined)).toEqual(['a@x', []]);
    expect(await upstreams('one')).toEqual(['a@x', []]);
    expect(await nameOf(users, await tokenOf())).toBeUndefined();
  });
});

describe('JWTs with keys of a JWKS', () => {
  let keys: JwksServer;
  const signed = (kid: string, key: CryptoKey): Promise<string> =>
    tokenOf({ key, header: { alg: 'ES256', kid } });

  beforeEach(async () => {
    keys = await new JwksServer().start();
  });

  afterEach(() => keys[Symbol.asyncDispose]());

  it('fetch the keys once, and again when they rotate', async () => {
    const first = await keys.add('first');
    const users = withJwt({ jwksUrl: keys.url, jwksCooldownMs: 1 });
    const several = await Promise.all([1, 2, 3].map(() => signed('first', first)));
    const names = await Promise.all(several.map((token) => nameOf(users, token)));
    expect([names, keys.fetched]).toEqual([['alice', 'alice', 'alice'], 1]);
    const second = await signed('second', await keys.add('second'));
    await vi.waitFor(async () => expect(await nameOf(users, second)).toBe('alice'));
    expect(keys.fetched).toBe(2);
    expect(await nameOf(users, await tokenOf())).toBeUndefined();
  });

  it('fetch nothing for a flood of unknown keys', async () => {
    const key = await keys.add('known');
    const users = withJwt({ jwksUrl: keys.url });
    expect(await nameOf(users, await signed('known', key))).toBe('alice');
    for (let n = 0; n < 20; n += 1) {
      expect(await nameOf(users, await signed(`unknown ${n}`, key))).toBeUndefined();
    }
    expect(keys.fetched).toBe(1);
  });

  it.each(['error', 'huge', 'redirect', 'no set', 'silent'] as const)(
    'cannot be judged when the answer is "%s", which is asked for once a second at most',
    async (mode) => {
      const key = await keys.add('first');
      keys.mode = mode;
      const users = withJwt({ jwksUrl: keys.url });
      const from = performance.now();
      for (let n = 0; n < 3; n += 1) {
        await expect(nameOf(users, await signed('first', key))).rejects.toThrow(KeysUnavailable);
      }
      expect([keys.fetched, performance.now() - from < 3_000]).toEqual([1, true]);
    },
  );

  it('go on with the keys that are known while there are no others to be had', async () => {
    const key = await keys.add('first');
    const users = withJwt({ jwksUrl: keys.url, jwksCooldownMs: 1 });
    const known = await signed('first', key);
    expect(await nameOf(users, known)).toBe('alice');
    keys.mode = 'error';
    await vi.waitFor(async () => {
      await expect(nameOf(users, await signed('unknown', key))).rejects.toThrow(KeysUnavailable);
    });
    expect(await nameOf(users, await signed('first', key))).toBe('alice');
    expect(await nameOf(users, known)).toBe('alice');
  });
});

it('a configuration of JWTs has one kind of key, and algorithms that go with it', () => {
  const wrong: readonly [object, RegExp][] = [
    [{}, /either secret or jwksUrl/],
    [{ secret: JWT_SECRET, jwksUrl: 'https://x' }, /either secret or jwksUrl/],
    [{ secret: 'short' }, /32 characters/],
    [{ jwksUrl: 'file:///x' }, /http or https/],
    [{ jwksUrl: 'https://x', algorithms: ['HS256'] }, /HS… goes with secret/],
    [{ secret: JWT_SECRET, algorithms: ['RS256'] }, /HS… goes with secret/],
    [{ secret: JWT_SECRET, algorithms: ['none'] }, /Invalid option/],
  ];
  for (const [settings, sentence] of wrong) {
    expect(() => jwtSchema.parse({ ...JWT_NAMES, ...settings })).toThrow(sentence);
  }
  expect(() => jwtSchema.parse({ secret: JWT_SECRET })).toThrow(/issuer/);
});
