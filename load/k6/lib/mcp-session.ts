/** One MCP session over k6's HTTP. It does what it is told once; it repeats nothing by itself. */

import http from 'k6/http';
import type { RefinedResponse } from 'k6/http';
import { readAnswer, type Answer } from './answer.ts';
import type { UserOp } from './lines.ts';

const REVISION = '2025-11-25';

/** An exchange with the time it took, on the wall clock. */
export interface Timed {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: number;
  readonly answer: Answer;
}

export interface McpEndpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export class McpSession {
  readonly #endpoint: McpEndpoint;
  #headers: Record<string, string>;
  #nextId = 0;

  constructor(endpoint: McpEndpoint) {
    this.#endpoint = endpoint;
    this.#headers = {
      ...endpoint.headers,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
    };
  }

  initialize(user: string): Timed {
    const clientInfo = { name: user, version: '1.0.0' };
    const params = { protocolVersion: REVISION, capabilities: {}, clientInfo };
    const { timed, response } = this.#post('initialize', 'initialize', params);
    const id = response.headers['Mcp-Session-Id'];
    if (id !== undefined) this.#headers['Mcp-Session-Id'] = id;
    if (timed.answer.ok) {
      const agreed = timed.answer.result['protocolVersion'];
      this.#headers['MCP-Protocol-Version'] = typeof agreed === 'string' ? agreed : REVISION;
    }
    return timed;
  }

  request(op: UserOp, method: string, params: Readonly<Record<string, unknown>>): Timed {
    return this.#post(op, method, params).timed;
  }

  /** `notifications/initialized`; any status below 400 is fine. */
  initialized(): Timed {
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return this.#plain(() => http.post(this.#endpoint.url, body, this.#params('initialized')));
  }

  /** A target need not allow DELETE (405), and may have ended the session already (404). */
  delete(): Timed {
    return this.#plain(
      () => http.del(this.#endpoint.url, null, this.#params('delete')),
      [404, 405],
    );
  }

  #post(
    op: UserOp,
    method: string,
    params: Readonly<Record<string, unknown>>,
  ): { readonly timed: Timed; readonly response: RefinedResponse<'text'> } {
    const id = ++this.#nextId;
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    const fromMs = Date.now();
    const response = http.post(this.#endpoint.url, body, this.#params(op));
    const toMs = Date.now();
    const answer = readAnswer(id, exchangeOf(response));
    return { timed: { fromMs, toMs, status: response.status, answer }, response };
  }

  #plain(send: () => RefinedResponse<'text'>, alsoFine: readonly number[] = []): Timed {
    const fromMs = Date.now();
    const response = send();
    const toMs = Date.now();
    const { status } = response;
    const fine = (status > 0 && status < 400) || alsoFine.includes(status);
    const answer: Answer = fine ? { ok: true, result: {} } : readAnswer(-1, exchangeOf(response));
    return { fromMs, toMs, status, answer };
  }

  #params(op: UserOp): {
    headers: Record<string, string>;
    timeout: number;
    responseType: 'text';
    tags: Record<string, string>;
  } {
    const timeout = this.#endpoint.timeoutMs;
    return { headers: this.#headers, timeout, responseType: 'text', tags: { name: op } };
  }
}

function exchangeOf(response: RefinedResponse<'text'>): Parameters<typeof readAnswer>[1] {
  return {
    status: response.status,
    contentType: response.headers['Content-Type'] ?? '',
    body: response.body ?? '',
    error: response.error,
    errorCode: response.error_code,
  };
}
