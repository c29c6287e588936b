/**
 * JSON Web Tokens as proof of who is asking: signed with a shared secret, or with a key of a JWKS that
 * is fetched, cached and rotated by `jose`. Issuer, audience and expiry are required of every token:
 * one that was made for somebody else, or for ever, is none.
 */

import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type FetchImplementation,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';
import type { SparseLog } from '../observe/sparse-log.ts';

const SYMMETRIC = ['HS256', 'HS384', 'HS512'] as const;
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const CURVES = ['ES256', 'ES384', 'ES512', 'EdDSA'] as const;
const bound = z.int().min(1).max(2_147_483_647);

export const jwtSchema = z
  .strictObject({
    secret: z.string().min(32, 'it needs at least 32 characters').optional(),
    jwksUrl: z.url({ protocol: /^https?$/, error: 'not an http or https URL' }).optional(),
    algorithms: z
      .array(z.enum([...SYMMETRIC, ...ASYMMETRIC, ...CURVES]))
      .min(1)
      .optional(),
    issuer: z.string().min(1),
    audience: z.string().min(1),
    /** The claim that names the user. */
    userClaim: z.string().min(1).default('sub'),
    /** The claim that lists the upstreams the user may use; without it, all. */
    upstreamsClaim: z.string().min(1).optional(),
    leewaySeconds: z.int().min(0).max(300).default(5),
    /** For how long fetched keys are believed. */
    jwksMaxAgeMs: bound.default(600_000),
    /** How soon after a fetch an unknown key may cause another. */
    jwksCooldownMs: bound.default(30_000),
  })
  .superRefine(({ secret, jwksUrl, algorithms }, context) => {
    if ((secret === undefined) === (jwksUrl === undefined)) {
      context.addIssue({ code: 'custom', message: 'it needs either secret or jwksUrl' });
    }
    // A public key must never be taken for a shared secret.
    const isWrong = algorithms?.some((name) => name.startsWith('HS') !== (secret !== undefined));
    if (isWrong === true) {
      const message = 'HS… goes with secret, the others with jwksUrl';
      context.addIssue({ code: 'custom', path: ['algorithms'], message });
    }
  });

export type JwtSettings = z.infer<typeof jwtSchema>;

/** What a valid token says. */
export interface Verified {
  readonly name: string;
  readonly upstreams: readonly string[] | undefined;
  /** When it is no longer valid, leeway included, in milliseconds since 1970. */
  readonly expiresAt: number;
  readonly jti: string | undefined;
}

/** The keys could not be had, so nothing can be said about a token. */
export class KeysUnavailable extends Error {}

const FETCH_TIMEOUT_MS = 2_000;
const PAUSE_AFTER_FAILURE_MS = 1_000;
const MAX_JWKS_BYTES = 1024 * 1024;
const MAX_NAME_LENGTH = 128;

export class JwtVerifier {
  readonly #settings: JwtSettings;
  readonly #log: SparseLog;
  readonly #key: Uint8Array | JWTVerifyGetKey;
  #failedAt = -Infinity;

  constructor(settings: JwtSettings, log: SparseLog) {
    this.#settings = settings;
    this.#log = log;
    this.#key =
      settings.jwksUrl === undefined
        ? new TextEncoder().encode(settings.secret)
        : createRemoteJWKSet(new URL(settings.jwksUrl), {
            timeoutDuration: FETCH_TIMEOUT_MS,
            cacheMaxAge: settings.jwksMaxAgeMs,
            cooldownDuration: settings.jwksCooldownMs,
            [customFetch]: (url, options) => this.#fetch(url, options),
          });
  }

  /**
   * Undefined for a token that proves nothing.
   * @throws KeysUnavailable
   */
  async verify(token: string): Promise<Verified | undefined> {
    const { algorithms, audience, issuer, leewaySeconds, secret } = this.#settings;
    const options = {
      algorithms: algorithms ?? (secret === undefined ? ['RS256', 'ES256', 'EdDSA'] : ['HS256']),
      audience,
      issuer,
      clockTolerance: leewaySeconds,
      requiredClaims: ['exp'],
    };
    try {
      // The two overloads do not take a union.
      const { payload } =
        this.#key instanceof Uint8Array
          ? await jwtVerify(token, this.#key, options)
          : await jwtVerify(token, this.#key, options);
      return this.#read(payload);
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error;
      if (error instanceof errors.JWKSInvalid) throw this.#unavailable('it is no key set');
      this.#log.warn({ error: (error as Error).message }, 'a token was refused');
      return undefined;
    }
  }

  #read(payload: JWTPayload): Verified | undefined {
    const { userClaim, upstreamsClaim, leewaySeconds } = this.#settings;
    const name = payload[userClaim];
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH) {
      this.#log.warn({ claim: userClaim }, 'a token was refused, it names no user');
      return undefined;
    }
    const listed = upstreamsClaim === undefined ? undefined : payload[upstreamsClaim];
    const named = Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : [];
    return {
      name,
      upstreams: upstreamsClaim === undefined ? undefined : named,
      expiresAt: ((payload.exp as number) + leewaySeconds) * 1000,
      jti: payload.jti,
    };
  }

  /** One bounded attempt; none within a moment of a failed one, whatever clients send. */
  async #fetch(...[url, options]: Parameters<FetchImplementation>): Promise<Response> {
    if (performance.now() - this.#failedAt < PAUSE_AFTER_FAILURE_MS) {
      throw new KeysUnavailable('the last attempt failed a moment ago');
    }
    try {
      const response = await fetch(url, options);
      if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
      return new Response(await boundedText(response));
    } catch (error) {
      throw this.#unavailable((error as Error).message);
    }
  }

  #unavailable(why: string): KeysUnavailable {
    this.#failedAt = performance.now();
    this.#log.warn({ error: why }, 'the keys for tokens cannot be fetched');
    return new KeysUnavailable(why);
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_JWKS_BYTES) throw new Error('too large');
  }
  JSON.parse(text);
  return text;
}
