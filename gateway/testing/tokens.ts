/** JSON Web Tokens for tests, and a server of the keys that verify them. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

export const JWT_SECRET = 'a secret of thirty-two characters';
export const JWT_NAMES = { issuer: 'https://issuer.example', audience: 'mcp-gateway' };

export interface Claims {
  readonly subject?: string;
  readonly claims?: JWTPayload;
  /** Seconds from now. */
  readonly expires?: number;
  readonly key?: CryptoKey | Uint8Array;
  readonly header?: { readonly alg: string; readonly kid?: string };
  readonly issuer?: string;
  readonly audience?: string;
}

/** A token that is good in every way that `made` does not spoil; no two are the same. */
export function tokenOf(made: Claims = {}): Promise<string> {
  const { subject = 'alice', claims = {}, expires = 60, header = { alg: 'HS256' } } = made;
  return new SignJWT({ jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader({ ...header })
    .setSubject(subject)
    .setIssuer(made.issuer ?? JWT_NAMES.issuer)
    .setAudience(made.audience ?? JWT_NAMES.audience)
    .setExpirationTime(Math.floor(Date.now() / 1000) + expires)
    .sign(made.key ?? new TextEncoder().encode(JWT_SECRET));
}

export class JwksServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #keys: object[] = [];
  mode: 'ok' | 'error' | 'silent' | 'huge' | 'redirect' | 'no set' = 'ok';
  fetched = 0;

  constructor() {
    this.#server = createServer((_request, response) => {
      this.fetched += 1;
      if (this.mode === 'silent') return;
      const status = this.mode === 'error' ? 500 : this.mode === 'redirect' ? 302 : 200;
      response.writeHead(status, { location: '/keys' });
      if (this.mode === 'huge') response.write(' '.repeat(2_000_000));
      response.end(JSON.stringify(this.mode === 'no set' ? {} : { keys: this.#keys }));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  /** Publishes a new key; the private half signs. */
  async add(kid: string): Promise<CryptoKey> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    this.#keys.push({ ...(await exportJWK(publicKey)), kid, alg: 'ES256' });
    return privateKey;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
