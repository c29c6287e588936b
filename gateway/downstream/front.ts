/**
 * Where clients arrive. Each request is let in or refused in one fixed order, so that nobody learns
 * from a later refusal what an earlier one protects.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseMessage, type Malformed, type Message } from '../jsonrpc/message.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Relay } from '../relay/relay.ts';
import { VERSIONS, type SessionLife } from '../relay/session-life.ts';
import type { Catalog } from '../upstream/catalog.ts';
import { Answer } from './answer.ts';
import { readBody } from './body.ts';
import { EventStream } from './event-stream.ts';
import type { Hosts } from './hosts.ts';
import type { DownstreamSession } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { User, Users } from './users.ts';

export interface FrontDeps {
  readonly hosts: Hosts;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly catalog: Catalog;
  readonly relay: Relay;
  readonly life: SessionLife;
  readonly metrics: Metrics;
  readonly config: {
    /** "" or "/prefix". */
    readonly pathPrefix: string;
    readonly maxBodyBytes: number;
  };
}

type Endpoint =
  | { readonly kind: 'mcp'; readonly path: string; readonly upstream: string | undefined }
  | { readonly kind: 'health' }
  | { readonly kind: 'metrics' };

/** What has passed: where it goes, whose it is, and where the answer goes. */
interface Visit {
  readonly request: IncomingMessage;
  readonly answer: Answer;
  readonly path: string;
  readonly upstream: string | undefined;
  readonly user: User;
}

const RETRY = { 'retry-after': '5' };
const CLOSE = { connection: 'close' };

export class Front {
  protected readonly deps: FrontDeps;
  #isDraining = false;

  constructor(deps: FrontDeps) {
    this.deps = deps;
  }

  /** No new session and no new request from now on; what belongs to calls under way still passes. */
  drain(): void {
    this.#isDraining = true;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const answer = new Answer(response);
    if (!this.deps.hosts.allows(request)) {
      answer.refuse(403, -32600, 'Forbidden: this Host or Origin is not let in');
      return;
    }
    const endpoint = this.endpointOf(request.url ?? '/');
    if (endpoint === undefined) answer.refuse(404, -32600, 'Not found: there is nothing here');
    else if (endpoint.kind === 'mcp') this.#enter(request, answer, endpoint);
    else void this.#observe(endpoint.kind, response);
  }

  protected endpointOf(url: string): Endpoint | undefined {
    const end = url.indexOf('?');
    const full = end === -1 ? url : url.slice(0, end);
    const { pathPrefix } = this.deps.config;
    if (!full.startsWith(pathPrefix)) return undefined;
    const path = full.slice(pathPrefix.length);
    if (path === '/mcp') return { kind: 'mcp', path, upstream: undefined };
    if (path === '/health' || path === '/metrics') {
      return { kind: path === '/health' ? 'health' : 'metrics' };
    }
    const [, name] = /^\/servers\/([^/]+)\/mcp$/.exec(path) ?? [];
    if (name === undefined || this.deps.catalog.get(name) === undefined) return undefined;
    return { kind: 'mcp', path, upstream: name };
  }

  async #observe(kind: 'health' | 'metrics', response: ServerResponse): Promise<void> {
    const isHealth = kind === 'health';
    const status = isHealth && this.#isDraining ? 503 : 200;
    const type = isHealth ? 'application/json' : this.deps.metrics.contentType;
    const text = isHealth ? JSON.stringify(this.#health()) : await this.deps.metrics.text();
    response.writeHead(status, { 'content-type': type });
    response.end(text);
  }

  #health(): Readonly<Record<string, unknown>> {
    const { catalog, relay, sessions } = this.deps;
    return {
      status: this.#isDraining ? 'draining' : 'ok',
      sessions: sessions.size,
      callsInFlight: relay.inFlight,
      upstreams: catalog.all().map(({ name }) => name),
    };
  }

  #enter(
    request: IncomingMessage,
    answer: Answer,
    endpoint: { readonly path: string; readonly upstream: string | undefined },
  ): void {
    const { headers, method } = request;
    const user = this.deps.users.identify(headers.authorization);
    if (user === undefined) {
      const challenge = { 'www-authenticate': 'Bearer' };
      answer.refuse(401, -32600, 'Unauthorized: a valid bearer token is needed', {
        headers: challenge,
      });
      return;
    }
    const { path, upstream } = endpoint;
    if (upstream !== undefined && !this.deps.users.mayUse(user, upstream)) {
      answer.refuse(403, -32600, 'Forbidden: this user may not use that server');
      return;
    }
    const visit: Visit = { request, answer, path, upstream, user };
    if (method === 'POST') this.#post(visit);
    else if (method === 'GET') this.#get(visit);
    else if (method === 'DELETE') this.#delete(visit);
    else {
      const allow = { allow: 'GET, POST, DELETE' };
      answer.refuse(405, -32600, 'Method not allowed', { headers: allow });
    }
  }

  /** The visitor's session by the id it names; undefined without an id, `unknown` for a wrong one. */
  #sessionOf(visit: Visit): DownstreamSession | 'unknown' | undefined {
    const id = visit.request.headers['mcp-session-id'];
    if (id === undefined) return undefined;
    if (typeof id !== 'string') return 'unknown';
    return this.deps.sessions.find(id, visit.path, visit.user) ?? 'unknown';
  }

  #get(visit: Visit): void {
    const { answer, request } = visit;
    const session = this.#sessionOf(visit);
    if (session === undefined) {
      this.getWithoutSession(answer);
    } else if (session === 'unknown') {
      this.#unknown(answer);
    } else if (!accepts(request.headers.accept, 'text/event-stream')) {
      answer.refuse(406, -32600, 'Not acceptable: accept text/event-stream');
    } else if (this.#isVersionKnown(visit, session)) {
      const stream = new EventStream(answer.response);
      answer.response.on('close', () => this.deps.life.detach(session, stream));
      this.deps.life.attach(session, stream);
    }
  }

  /** There is no stream outside of a session. */
  protected getWithoutSession(answer: Answer): void {
    const allow = { allow: 'POST, DELETE' };
    answer.refuse(405, -32600, 'Method not allowed without a session', { headers: allow });
  }

  #delete(visit: Visit): void {
    const { answer } = visit;
    const session = this.#sessionOf(visit);
    if (session === undefined) {
      answer.refuse(400, -32600, 'Bad request: Mcp-Session-Id is missing');
    } else if (session === 'unknown') {
      this.#unknown(answer);
    } else {
      void this.deps.life.end(session, 'deleted');
      answer.empty(204);
    }
  }

  #post(visit: Visit): void {
    const { answer, request } = visit;
    const session = this.#sessionOf(visit);
    const refusal = session === 'unknown' ? undefined : unreadable(request);
    if (refusal !== undefined) {
      answer.refuse(refusal.status, -32600, refusal.text);
      return;
    }
    readBody(request, this.deps.config.maxBodyBytes, (body) => {
      if (body !== 'too-large') {
        this.#read(visit, session, body);
      } else if (session === 'unknown') {
        this.#unknown(answer);
      } else {
        const text = `Payload too large: at most ${this.deps.config.maxBodyBytes} bytes`;
        answer.refuse(413, -32600, text, { headers: CLOSE });
      }
    });
  }

  #read(visit: Visit, session: DownstreamSession | 'unknown' | undefined, body: Buffer): void {
    let message: Message;
    try {
      message = parseMessage(body);
    } catch (error) {
      const { code, message: text } = error as Malformed;
      if (session === 'unknown') this.#unknown(visit.answer);
      else visit.answer.refuse(400, code, text);
      return;
    }
    const isFirst = message.kind === 'request' && message.method === 'initialize';
    if (session === undefined || session === 'unknown') {
      // A client whose session is gone may begin anew without forgetting the old id first.
      if (isFirst) this.#initialize(visit, message);
      else if (session === 'unknown') this.#unknown(visit.answer);
      else visit.answer.refuse(400, -32600, 'Bad request: Mcp-Session-Id is missing');
    } else if (session.isEnded) {
      this.#unknown(visit.answer);
    } else if (isFirst) {
      const { idText } = message;
      visit.answer.refuse(400, -32600, 'Invalid Request: the session is initialized', { idText });
    } else if (this.#isVersionKnown(visit, session)) {
      this.#relay(visit, session, message);
    }
  }

  #initialize(visit: Visit, message: Message): void {
    const { answer, user, path, request } = visit;
    const refusal = unreadable(request);
    const reach = visit.upstream === undefined ? this.#reachOf(user) : [visit.upstream];
    if (refusal !== undefined) {
      answer.refuse(refusal.status, -32600, refusal.text);
    } else if (this.#isDraining) {
      this.#draining(answer, message.idText);
    } else if (reach.length === 0) {
      const { idText } = message;
      answer.refuse(503, -32603, 'Unavailable: no upstream is configured', {
        idText,
        headers: RETRY,
      });
    } else {
      const pinned = reach.length === 1 ? reach[0] : undefined;
      const origin = { user, endpoint: path, pinned, initialize: message };
      const session = this.deps.sessions.create(origin);
      if (session !== undefined) this.deps.relay.initialize(session, answer);
      else {
        const { idText } = message;
        answer.refuse(503, -32603, 'Unavailable: too many sessions', { idText, headers: RETRY });
      }
    }
  }

  #reachOf(user: User): readonly string[] {
    const names = this.deps.catalog.all().map(({ name }) => name);
    return names.filter((name) => this.deps.users.mayUse(user, name));
  }

  #relay(visit: Visit, session: DownstreamSession, message: Message): void {
    const { answer, request } = visit;
    if (message.kind === 'request') {
      if (this.#isDraining) this.#draining(answer, message.idText);
      else this.deps.relay.request(session, message, answer, request.headers);
    } else if (message.kind === 'response') {
      this.deps.relay.response(session, message);
      answer.empty(202);
    } else {
      this.deps.relay.notification(session, message).then(
        () => answer.empty(202),
        () => this.#undelivered(session, answer),
      );
    }
  }

  #undelivered(session: DownstreamSession, answer: Answer): void {
    if (session.isEnded) this.#unknown(answer);
    else answer.refuse(502, -32603, 'Bad gateway: the upstream did not accept this');
  }

  #isVersionKnown(visit: Visit, session: DownstreamSession): boolean {
    const version = visit.request.headers['mcp-protocol-version'];
    if (version === undefined || version === session.protocolVersion) return true;
    if (VERSIONS.some((known) => known === version)) return true;
    visit.answer.refuse(400, -32600, 'Bad request: this MCP-Protocol-Version is not supported');
    return false;
  }

  #unknown(answer: Answer): void {
    answer.refuse(404, -32001, 'Session not found');
  }

  #draining(answer: Answer, idText: string): void {
    const headers = { ...RETRY, ...CLOSE };
    answer.refuse(503, -32603, 'Unavailable: the gateway is shutting down', { idText, headers });
  }
}

function accepts(header: string | undefined, type: string): boolean {
  if (header === undefined) return false;
  if (header.includes(type) || header.includes('*/*')) return true;
  return header.includes(`${type.slice(0, type.indexOf('/'))}/*`);
}

function unreadable(
  request: IncomingMessage,
): { readonly status: 406 | 415; readonly text: string } | undefined {
  const { accept, 'content-type': type } = request.headers;
  if (!accepts(accept, 'application/json') || !accepts(accept, 'text/event-stream')) {
    const text = 'Not acceptable: accept application/json and text/event-stream';
    return { status: 406, text };
  }
  if (type === undefined || !/^application\/json\s*(?:;|$)/i.test(type)) {
    return { status: 415, text: 'Unsupported media type: send application/json' };
  }
  return undefined;
}
