/**
 * Access tokens for one upstream by the client credentials grant (RFC 6749, section 4.4): asked for
 * once however many wait, kept, and renewed before they expire. Nothing here has a timer: a token is
 * looked after when it is used.
 */

import { Agent, request } from 'undici';
import type { Log } from '../observe/log.ts';
import type { AddressGuard } from './address-guard.ts';
import type { OAuth } from './definition.ts';

/** Bounds one answer of the token endpoint. */
const ANSWER_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** After a failure nobody asks again for that long: an endpoint in trouble is not flooded. */
const PAUSE_MS = 1_000;
/** From this part of its life on, a token is renewed while it is still used. */
const RENEW_AT = 0.8;
/** A token as RFC 6750 allows it in a header. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

export const NO_ACCESS_TOKEN = 'ERR_NO_ACCESS_TOKEN';

export interface AccessTokensDeps {
  readonly upstream: string;
  readonly guard: AddressGuard;
  readonly log: Log;
}

export class AccessTokens {
  readonly #oauth: OAuth;
  readonly #deps: AccessTokensDeps;
  readonly #agent: Agent;
  #token: string | undefined;
  #renewAt = 0;
  #expiresAt = 0;
  #pausedUntil = 0;
  #asking: Promise<string> | undefined;

  constructor(oauth: OAuth, deps: AccessTokensDeps) {
    this.#oauth = oauth;
    this.#deps = deps;
    const { origin } = new URL(oauth.tokenEndpoint);
    this.#agent = new Agent({ allowH2: false, connect: { lookup: deps.guard.lookupFor(origin) } });
  }

  /** The token to use now, if there is one; near its end a new one is asked for behind it. */
  get current(): string | undefined {
    const now = performance.now();
    if (this.#token === undefined || now >= this.#expiresAt) return undefined;
    if (now >= this.#renewAt) this.ask().catch(() => {});
    return this.#token;
  }

  /** A new token, for all who ask meanwhile. Rejects with an error that carries no secret. */
  ask(): Promise<string> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** A token instead of one that the upstream refused. */
  async instead(refused: string): Promise<string> {
    const { current } = this;
    return current !== undefined && current !== refused ? current : this.ask();
  }

  /** A token was refused that was new: there is no point in asking again at once. */
  pause(): void {
    this.#pausedUntil = performance.now() + PAUSE_MS;
  }

  async destroy(): Promise<void> {
    await this.#agent.destroy();
  }

  async #ask(): Promise<string> {
    const askedAt = performance.now();
    if (askedAt < this.#pausedUntil) throw noToken();
    try {
      const { token, lifetimeMs } = await this.#answer();
      this.#token = token;
      this.#renewAt = askedAt + RENEW_AT * lifetimeMs;
      this.#expiresAt = askedAt + lifetimeMs;
      return token;
    } catch (error) {
      this.pause();
      const { log, upstream } = this.#deps;
      const reason = reasonOf(error as Error);
      log.warn({ upstream, reason }, 'the token endpoint gave no access token');
      throw noToken();
    }
  }

  async #answer(): Promise<{ readonly token: string; readonly lifetimeMs: number }> {
    const { tokenEndpoint, clientId, clientSecret, clientAuthentication } = this.#oauth;
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    for (const name of ['scope', 'audience', 'resource'] as const) {
      const value = this.#oauth[name];
      if (value !== undefined) form.set(name, value);
    }
    const headers: Record<string, string> = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    };
    if (clientAuthentication === 'basic') {
      // Both parts are form-encoded first (RFC 6749, section 2.3.1).
      const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
    } else {
      form.set('client_id', clientId);
      form.set('client_secret', clientSecret);
    }
    return this.#post(tokenEndpoint, headers, form.toString());
  }

  async #post(
    url: string,
    headers: Readonly<Record<string, string>>,
    form: string,
  ): Promise<{ readonly token: string; readonly lifetimeMs: number }> {
    const patience = new AbortController();
    const late = setTimeout(
      () => patience.abort(new Refusal('no answer in time')),
      ANSWER_TIMEOUT_MS,
    );
    try {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        headers,
        body: form,
        dispatcher: this.#agent,
        signal: patience.signal,
      });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) throw new Refusal('its answer is too large');
        chunks.push(chunk);
      }
      return tokenIn(statusCode, Buffer.concat(chunks).toString());
    } finally {
      clearTimeout(late);
    }
  }
}

/** Words of ours about an answer of the token endpoint. */
class Refusal extends Error {}

/** Never a message of anybody else's, which may repeat what it was sent. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error instanceof Refusal) return error.message;
  return error.code ?? error.name;
}

function tokenIn(status: number, text: string): { token: string; lifetimeMs: number } {
  const answer = objectIn(text);
  if (status !== 200) {
    const code = answer['error'];
    const isCode = typeof code === 'string' && /^[a-z_]{1,40}$/.test(code);
    throw new Refusal(`it answered HTTP ${status}${isCode ? `, ${code}` : ''}`);
  }
  const { access_token: token, token_type: type, expires_in: seconds } = answer;
  if (typeof token !== 'string' || !TOKEN.test(token)) throw new Refusal('its answer has no token');
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw new Refusal('its token is not a bearer token');
  }
  // Without a lifetime it is used until the upstream refuses it.
  return { token, lifetimeMs: typeof seconds === 'number' ? seconds * 1000 : Infinity };
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function noToken(): NodeJS.ErrnoException {
  return Object.assign(new Error('there is no access token'), { code: NO_ACCESS_TOKEN });
}
