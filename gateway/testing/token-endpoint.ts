/** An OAuth token endpoint for tests: the tokens are t1, t2, … unless `answer` says something else. */

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenRequest {
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

export class TokenEndpoint implements AsyncDisposable {
  readonly requests: TokenRequest[] = [];
  /** Seconds that its tokens are good for. */
  lifetime: number | undefined = 3600;
  answer: (response: ServerResponse, count: number) => void = (response, count) => {
    const token = { access_token: `t${count}`, token_type: 'Bearer', expires_in: this.lifetime };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
  };
  readonly #server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(text));
      this.requests.push({ authorization: request.headers.authorization, form });
      this.answer(response, this.requests.length);
    });
  });

  static async start(): Promise<TokenEndpoint> {
    const endpoint = new TokenEndpoint();
    await new Promise<void>((resolve) => {
      endpoint.#server.listen(0, '127.0.0.1', () => resolve());
    });
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
