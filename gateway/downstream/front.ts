/**
 * Where clients arrive. Each request is let in or refused in one fixed order, so that nobody learns
 * from a later refusal what an earlier one protects.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { BATCH_REVISION, isBatch, parseBatch } from '../jsonrpc/batch.ts';
import { parseMessage, type Malformed, type Message } from '../jsonrpc/message.ts';
import type { SparseLog } from '../observe/sparse-log.ts';
import { VERSIONS } from '../relay/session-life.ts';
import { acceptsEvents, unacceptable } from './acceptable.ts';
import { Answer } from './answer.ts';
import { readBody } from './body.ts';
import { Conversation, type ConversationDeps } from './conversation.ts';
import { misframed } from './framing.ts';
import type { Hosts } from './hosts.ts';
import { Monitor, type MonitorDeps } from './monitor.ts';
import { LEGACY_PATH, type DownstreamSession } from './session.ts';
import type { TrustedProxies } from './trusted-proxies.ts';
import type { User } from './users.ts';
import type { EndpointKind, Visit } from './visit.ts';

export interface FrontDeps extends ConversationDeps, MonitorDeps {
  readonly hosts: Hosts;
  readonly proxies: TrustedProxies;
  readonly log: SparseLog;
  readonly config: ConversationDeps['config'] & {
    /** "" or "/prefix". */
    readonly pathPrefix: string;
    readonly maxBodyBytes: number;
  };
}

interface McpEndpoint {
  readonly kind: EndpointKind;
  /** Where the sessions are opened that are known here. */
  readonly path: string;
  /** Undefined for all of them. */
  readonly upstream: string | undefined;
}

type Endpoint =
  | McpEndpoint
  | { readonly kind: 'health' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'metrics' };

const MERGED_ENDPOINT: Endpoint = { kind: 'mcp', path: '/mcp', upstream: undefined };
const MCP_PATH = /^(\/servers\/([^/]+)|)\/(mcp|sse|messages)$/;

const ALLOWED: Readonly<Record<EndpointKind, readonly (string | undefined)[]>> = {
  mcp: ['GET', 'POST', 'DELETE'],
  sse: ['GET'],
  messages: ['POST'],
};

const NOT_EVENTS = 'Not acceptable: accept text/event-stream';

const CLOSE = { connection: 'close' };

/** No tool takes such arguments, and a body of four million brackets costs a hundred megabytes. */
const MAX_DEPTH = 1_000;

export class Front {
  protected readonly deps: FrontDeps;
  readonly #monitor: Monitor;
  readonly #conversation: Conversation;

  readonly #refused = ({ response }: Answer, status: number): void => {
    const { log, metrics, proxies } = this.deps;
    metrics.refused(status);
    if (status !== 401 && status !== 403) return;
    log.warn({ client: proxies.clientOf(response.req), status }, 'a client was not let in');
  };

  constructor(deps: FrontDeps) {
    this.deps = deps;
    this.#monitor = new Monitor(deps);
    this.#conversation = new Conversation(deps);
  }

  /** No new session and no new request from now on; what belongs to calls under way still passes. */
  drain(): void {
    this.#conversation.drain();
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const answer = new Answer(response, this.#refused);
    const misfit = misframed(request);
    if (misfit !== undefined) {
      answer.refuse(misfit.status, -32600, misfit.text, { headers: CLOSE });
      return;
    }
    if (!this.deps.hosts.allows(request)) {
      answer.refuse(403, -32600, 'Forbidden: this Host or Origin is not let in');
      return;
    }
    const endpoint = this.endpointOf(request.url ?? '/');
    if (endpoint === undefined) answer.refuse(404, -32600, 'Not found: there is nothing here');
    else if (endpoint.kind === 'metrics') void this.#monitor.metrics(response);
    else if (endpoint.kind === 'health') this.#monitor.health(response);
    else if (endpoint.kind === 'ready') {
      this.#monitor.ready(response, !this.#conversation.isDraining);
    } else this.#enter(request, answer, endpoint);
  }

  protected endpointOf(url: string): Endpoint | undefined {
    const end = url.indexOf('?');
    const full = end === -1 ? url : url.slice(0, end);
    const { pathPrefix } = this.deps.config;
    if (!full.startsWith(pathPrefix)) return undefined;
    const path = full.slice(pathPrefix.length);
    if (path === '/mcp') return MERGED_ENDPOINT;
    if (path === '/health') return { kind: 'health' };
    if (path === '/ready') return { kind: 'ready' };
    if (path === '/metrics') return { kind: 'metrics' };
    const [, at, upstream, kind] = MCP_PATH.exec(path) ?? [];
    if (kind === undefined) return undefined;
    if (upstream !== undefined && this.deps.catalog.get(upstream) === undefined) return undefined;
    const opened = kind === 'messages' ? `${at}${LEGACY_PATH}` : path;
    return { kind: kind as EndpointKind, path: opened, upstream };
  }

  #enter(request: IncomingMessage, answer: Answer, endpoint: McpEndpoint): void {
    const user = this.deps.users.identify(request.headers.authorization, request.socket);
    if (!(user instanceof Promise)) {
      this.#admit(request, answer, endpoint, user);
      return;
    }
    user.then(
      (identified) => {
        if (!answer.response.destroyed) this.#admit(request, answer, endpoint, identified);
      },
      () => {
        const text = 'Unavailable: tokens cannot be verified at the moment';
        answer.refuse(503, -32603, text, { headers: { 'retry-after': '5' } });
      },
    );
  }

  #admit(
    request: IncomingMessage,
    answer: Answer,
    { kind, path, upstream }: McpEndpoint,
    user: User | undefined,
  ): void {
    if (user === undefined) {
      const challenge = { 'www-authenticate': 'Bearer' };
      answer.refuse(401, -32600, 'Unauthorized: a valid bearer token is needed', {
        headers: challenge,
      });
      return;
    }
    const isForbidden =
      upstream === undefined
        ? user.upstreams?.length === 0
        : !this.deps.users.mayUse(user, upstream);
    if (isForbidden) {
      answer.refuse(403, -32600, 'Forbidden: this user may not use that server');
      return;
    }
    const visit: Visit = { kind, request, answer, path, upstream, user };
    const { method } = request;
    if (!ALLOWED[kind].includes(method)) {
      const allow = { allow: ALLOWED[kind].join(', ') };
      answer.refuse(405, -32600, 'Method not allowed', { headers: allow });
    } else if (method === 'POST') this.#post(visit);
    else if (method === 'DELETE') this.#delete(visit);
    else if (kind === 'mcp') this.#get(visit);
    else if (acceptsEvents(request)) this.#conversation.openLegacy(visit);
    else answer.refuse(406, -32600, NOT_EVENTS);
  }

  /** The visitor's session by the id it names; undefined without an id, `unknown` for a wrong one. */
  #sessionOf(visit: Visit): DownstreamSession | 'unknown' | undefined {
    const { headers, url = '' } = visit.request;
    const id =
      visit.kind === 'mcp'
        ? headers['mcp-session-id']
        : (new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('sessionId') ?? undefined);
    if (id === undefined) return undefined;
    if (typeof id !== 'string') return 'unknown';
    const session = this.deps.sessions.find(id, visit.path, visit.user);
    if (session?.isEnded !== true) return session ?? 'unknown';
    return visit.request.method === 'POST' && session.calls.size > 0 ? session : 'unknown';
  }

  /** Only when a request is acted upon: while its body comes, others may be. */
  #noted(visit: Visit, session: DownstreamSession): void {
    session.user = visit.user;
    session.passed = this.deps.catalog.passed(visit.request.headers);
    session.lastUsedAt = performance.now();
  }

  #get(visit: Visit): void {
    const { answer, request } = visit;
    const session = this.#sessionOf(visit);
    if (session === undefined) {
      this.getWithoutSession(answer);
    } else if (session === 'unknown') {
      answer.unknownSession();
    } else if (!acceptsEvents(request)) {
      answer.refuse(406, -32600, NOT_EVENTS);
    } else if (this.#isVersionKnown(visit, session)) {
      this.#noted(visit, session);
      this.#conversation.listen(visit, session);
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
      this.#withoutSession(visit);
    } else if (session === 'unknown') {
      answer.unknownSession();
    } else if (this.#isVersionKnown(visit, session)) {
      this.#noted(visit, session);
      this.#conversation.end(visit, session);
    }
  }

  #post(visit: Visit): void {
    const { answer, request } = visit;
    const session = this.#sessionOf(visit);
    const refusal = session === 'unknown' ? undefined : unacceptable(visit);
    if (refusal !== undefined) {
      answer.refuse(refusal.status, -32600, refusal.text);
      return;
    }
    readBody(request, this.deps.config.maxBodyBytes, (body) => {
      if (typeof session === 'object') this.#noted(visit, session);
      if (body !== 'too-large') {
        this.#read(visit, session, body);
      } else if (session === 'unknown') {
        answer.unknownSession();
      } else {
        const text = `Payload too large: at most ${this.deps.config.maxBodyBytes} bytes`;
        answer.refuse(413, -32600, text);
      }
    });
  }

  #read(visit: Visit, named: DownstreamSession | 'unknown' | undefined, body: Buffer): void {
    if (isBatch(body)) {
      this.#readBatch(visit, named, body);
      return;
    }
    let message: Message;
    try {
      message = parseMessage(body, MAX_DEPTH);
    } catch (error) {
      this.#malformed(visit, named, error as Malformed);
      return;
    }
    const session = knownTo(message, named);
    // The id of a response is not the client's own, and no error is an answer to it.
    if (message.kind === 'request') visit.answer.idText = message.idText;
    const isFirst = message.kind === 'request' && message.method === 'initialize';
    if (session === undefined || session === 'unknown') {
      // A client whose session is gone may begin anew without forgetting the old id first.
      if (isFirst && visit.kind === 'mcp') this.#initialize(visit, message);
      else if (session === 'unknown') visit.answer.unknownSession();
      else this.#withoutSession(visit);
    } else if (!session.hasBegun) {
      if (isFirst) this.#conversation.begin(visit, session, message);
      else visit.answer.refuse(400, -32600, 'Invalid Request: initialize comes first');
    } else if (isFirst) {
      visit.answer.refuse(400, -32600, 'Invalid Request: the session is initialized');
    } else if (this.#isVersionKnown(visit, session)) {
      this.#conversation.take(visit, session, message);
    }
  }

  #readBatch(visit: Visit, session: DownstreamSession | 'unknown' | undefined, body: Buffer): void {
    const { answer } = visit;
    try {
      const messages = parseBatch(body, MAX_DEPTH);
      if (session === undefined) {
        this.#withoutSession(visit);
      } else if (session === 'unknown' || session.isEnded) {
        answer.unknownSession();
      } else if (session.protocolVersion !== BATCH_REVISION || session.isLegacy) {
        answer.refuse(400, -32600, 'Invalid Request: no batches here, send one message');
      } else if (this.#isVersionKnown(visit, session)) {
        this.#conversation.takeBatch(visit, session, messages);
      }
    } catch (error) {
      this.#malformed(visit, session, error as Malformed);
    }
  }

  #malformed(
    { answer }: Visit,
    session: DownstreamSession | 'unknown' | undefined,
    { code, idText, message }: Malformed,
  ): void {
    answer.idText = idText;
    if (session === 'unknown') answer.unknownSession();
    else answer.refuse(400, code, message);
  }

  #withoutSession({ answer, kind }: Visit): void {
    const name = kind === 'mcp' ? 'Mcp-Session-Id' : 'sessionId';
    answer.refuse(400, -32600, `Bad request: ${name} is missing`);
  }

  #initialize(visit: Visit, message: Message): void {
    const refusal = unacceptable(visit);
    if (refusal === undefined) this.#conversation.initialize(visit, message);
    else visit.answer.refuse(refusal.status, -32600, refusal.text);
  }

  #isVersionKnown(visit: Visit, session: DownstreamSession): boolean {
    const version = visit.request.headers['mcp-protocol-version'];
    if (version === undefined || version === session.protocolVersion) return true;
    if (VERSIONS.some((known) => known === version)) return true;
    visit.answer.refuse(400, -32600, 'Bad request: this MCP-Protocol-Version is not supported');
    return false;
  }
}

/** A session that has ended is there for what belongs to its calls under way, and for no new one. */
function knownTo(
  { kind }: Message,
  session: DownstreamSession | 'unknown' | undefined,
): DownstreamSession | 'unknown' | undefined {
  return kind === 'request' && typeof session === 'object' && session.isEnded ? 'unknown' : session;
}
