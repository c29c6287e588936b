/**
 * The operator's REST API, on a loopback port of its own with a token of its own: upstreams are
 * listed, added, changed and removed while the gateway runs, and sessions looked at.
 */

import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody } from '../downstream/body.ts';
import type { Hosts } from '../downstream/hosts.ts';
import type { Sessions } from '../downstream/sessions.ts';
import type { SessionLife } from '../relay/session-life.ts';
import type { Log } from '../observe/log.ts';
import type { Catalog } from '../upstream/catalog.ts';
import {
  changeSchema,
  definitionSchema,
  PROCESS_FIELDS,
  shownOf,
  type Change,
} from '../upstream/definition.ts';
import type { UpstreamRegistry } from '../upstream/registry.ts';

export interface AdminDeps {
  readonly hosts: Hosts;
  readonly token: string;
  readonly allowStdio: boolean;
  readonly catalog: Catalog;
  readonly sessions: Sessions;
  readonly life: SessionLife;
  readonly registry: UpstreamRegistry;
  readonly log: Log;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

const MAX_BODY_BYTES = 256 * 1024;

export class Admin {
  readonly #deps: AdminDeps;
  readonly #digest: Buffer;

  constructor(deps: AdminDeps) {
    this.#deps = deps;
    this.#digest = hash('sha256', deps.token, 'buffer');
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const reply = (outcome: Reply): void => {
      const bytes = outcome.body === undefined ? '' : JSON.stringify(outcome.body);
      response.writeHead(outcome.status, { 'content-type': 'application/json' });
      response.end(bytes);
    };
    if (!this.#deps.hosts.allows(request)) reply(failed(403, 'this Host or Origin is not let in'));
    else if (!this.#isOperator(request)) reply(failed(401, 'a valid bearer token is needed'));
    else {
      readBody(request, MAX_BODY_BYTES, (body) => {
        reply(body === 'too-large' ? failed(413, 'too large') : this.#act(request, body));
      });
    }
  }

  #isOperator(request: IncomingMessage): boolean {
    const [, token] = /^bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    return token !== undefined && timingSafeEqual(hash('sha256', token, 'buffer'), this.#digest);
  }

  #act(request: IncomingMessage, body: Buffer): Reply {
    const [, resource, name, query] =
      /^\/(upstreams|sessions)(?:\/([^/?]+))?(?:\?(.*))?$/.exec(request.url ?? '') ?? [];
    const action = `${request.method} ${resource ?? ''}${name === undefined ? '' : '/'}`;
    const user = new URLSearchParams(query).get('user') ?? undefined;
    try {
      return this.#perform(action, resource === 'sessions' ? user : name, body);
    } catch (error) {
      if (error instanceof z.ZodError) return failed(400, sentence(error));
      if (error instanceof SyntaxError) return failed(400, 'the body is not JSON');
      this.#deps.log.error({ err: error }, 'an admin request failed');
      return failed(500, 'the gateway failed, see its log');
    }
  }

  /** `name` is that of an upstream, or of the user whose sessions it is about. */
  #perform(action: string, name: string | undefined, body: Buffer): Reply {
    switch (action) {
      case 'GET upstreams':
        return {
          status: 200,
          body: this.#deps.catalog.all().map((one) => shownOf(one.definition)),
        };
      case 'POST upstreams':
        return this.#add(JSON.parse(body.toString()));
      case 'PATCH upstreams/':
        return this.#change(name ?? '', JSON.parse(body.toString()));
      case 'DELETE upstreams/':
        return this.#remove(name ?? '');
      case 'GET sessions':
        return { status: 200, body: this.#snapshot(name) };
      case 'DELETE sessions':
        return this.#endSessions(name);
      default:
        return failed(/ (?:upstreams|sessions)/.test(action) ? 405 : 404, 'there is no such thing');
    }
  }

  #add(input: unknown): Reply {
    const definition = definitionSchema.parse(input);
    if (definition.transport === 'stdio' && !this.#deps.allowStdio) return STDIO_FORBIDDEN;
    if (!this.#deps.catalog.add(definition)) return failed(409, 'that name is taken');
    this.#deps.life.listsChanged([definition.name]);
    this.#deps.log.info({ upstream: definition.name }, 'upstream added');
    return { status: 201, body: shownOf(definition) };
  }

  #change(name: string, input: unknown): Reply {
    const change = changeSchema.parse(input);
    if (decidesProcess(change) && !this.#deps.allowStdio) return STDIO_FORBIDDEN;
    const changed = this.#deps.catalog.change(name, change);
    if (changed === undefined) return failed(404, 'there is no such upstream');
    const { fields, evicted, upstream } = changed;
    if (evicted) this.#deps.life.listsChanged([name]);
    this.#deps.log.info({ upstream: name, fields, evicted }, 'upstream changed');
    return { status: 200, body: { ...shownOf(upstream.definition), changed: fields, evicted } };
  }

  #remove(name: string): Reply {
    if (!this.#deps.catalog.remove(name)) return failed(404, 'there is no such upstream');
    this.#deps.life.listsChanged([name]);
    this.#deps.log.info({ upstream: name }, 'upstream removed');
    return { status: 204 };
  }

  /** Those of a user; never all, which is what a slip of the pen would ask for. */
  #endSessions(user: string | undefined): Reply {
    if (user === undefined) return failed(400, 'say whose: /sessions?user=NAME');
    const ended = this.#deps.sessions.all().filter((session) => session.user.name === user);
    for (const session of ended) void this.#deps.life.end(session, 'revoked');
    this.#deps.log.info({ user, ended: ended.length }, 'sessions ended by an operator');
    return { status: 200, body: { ended: ended.length } };
  }

  #snapshot(user: string | undefined): unknown {
    const { registry, sessions } = this.#deps;
    const now = performance.now();
    const shown = sessions.all().filter(({ user: { name } }) => name === (user ?? name));
    return shown.map((session) => ({
      user: session.user.name,
      endpoint: session.endpoint,
      protocolVersion: session.protocolVersion,
      openedAt: session.openedAt.toISOString(),
      idleMs: Math.round(now - session.lastUsedAt),
      callsInFlight: session.calls.size,
      hasStream: session.stream !== undefined,
      upstreams: registry.openSessions(session).map(({ upstream }) => upstream.name),
    }));
  }
}

const STDIO_FORBIDDEN = failed(403, 'commands are only taken from here with admin.allowStdio');

/** Even emptying one of these fields can turn a harmless command into another. */
function decidesProcess(change: Change): boolean {
  return change['transport'] === 'stdio' || PROCESS_FIELDS.some((field) => field in change);
}

function failed(status: number, error: string): Reply {
  return { status, body: { error } };
}

function sentence(error: z.ZodError): string {
  const [issue] = error.issues;
  const field = issue?.path.join('.') ?? '';
  return `${field ? `${field}: ` : ''}${issue?.message ?? 'invalid'}`;
}
