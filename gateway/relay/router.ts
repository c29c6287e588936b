/**
 * Where a request goes. With one upstream: there, as it is. With several: by the prefix of the name
 * it carries, which is taken off; by who listed the resource; to all; or it is answered here.
 */

import type { DownstreamSession } from '../downstream/session.ts';
import type { Users } from '../downstream/users.ts';
import { isObject, paramsOf, withValue, type Message } from '../jsonrpc/message.ts';
import type { Catalog } from '../upstream/catalog.ts';
import type { Upstream } from '../upstream/upstream.ts';

export const SEPARATOR = '__';

export type Route =
  | { readonly kind: 'one'; readonly upstream: Upstream; readonly message: Message }
  | { readonly kind: 'merge'; readonly list: MergedList }
  | { readonly kind: 'all' }
  | { readonly kind: 'here' }
  | { readonly kind: 'none'; readonly code: number; readonly text: string };

export interface MergedList {
  readonly method: string;
  /** The field of the result that holds the list. */
  readonly field: string;
  /** Entries have names, which are prefixed. */
  readonly isNamed: boolean;
  /** The upstream capability without which it is not asked. */
  readonly capability: string;
}

const MERGED: ReadonlyMap<string, MergedList> = new Map(
  [
    { method: 'tools/list', field: 'tools', isNamed: true, capability: 'tools' },
    { method: 'prompts/list', field: 'prompts', isNamed: true, capability: 'prompts' },
    { method: 'resources/list', field: 'resources', isNamed: false, capability: 'resources' },
    {
      method: 'resources/templates/list',
      field: 'resourceTemplates',
      isNamed: false,
      capability: 'resources',
    },
  ].map((list) => [list.method, list]),
);

/** Where in such a request the prefixed name stands. */
const NAMED: ReadonlyMap<string, readonly string[]> = new Map([
  ['tools/call', ['params', 'name']],
  ['prompts/get', ['params', 'name']],
  ['completion/complete', ['params', 'ref', 'name']],
]);

const BY_URI = new Set(['resources/read', 'resources/subscribe', 'resources/unsubscribe']);

export class Router {
  readonly #catalog: Catalog;
  readonly #users: Users;

  constructor(catalog: Catalog, users: Users) {
    this.#catalog = catalog;
    this.#users = users;
  }

  /** The upstreams that a session reaches. */
  reach(session: DownstreamSession): readonly Upstream[] {
    return this.#catalog
      .all()
      .filter(
        ({ name }) => (session.pinned ?? name) === name && this.#users.mayUse(session.user, name),
      );
  }

  routeOf(session: DownstreamSession, message: Message): Route {
    // A ping asks whether this connection is alive; upstreams are probed by the gateway itself.
    if (message.method === 'ping') return { kind: 'here' };
    if (session.pinned !== undefined) {
      const upstream = this.#catalog.get(session.pinned);
      return upstream ? { kind: 'one', upstream, message } : unknown('upstream', session.pinned);
    }
    const list = MERGED.get(message.method);
    if (list !== undefined) return { kind: 'merge', list };
    const path = NAMED.get(message.method);
    if (path !== undefined) return this.#byName(session, message, path);
    if (BY_URI.has(message.method)) return this.#byUri(session, message);
    if (message.method === 'logging/setLevel') return { kind: 'all' };
    return { kind: 'none', code: -32601, text: `Method not found: ${message.method}` };
  }

  #byName(session: DownstreamSession, message: Message, path: readonly string[]): Route {
    const params = paramsOf(message);
    const ref = params['ref'];
    const name = path.length === 2 ? params['name'] : isObject(ref) ? ref['name'] : undefined;
    if (typeof name !== 'string') {
      return { kind: 'none', code: -32602, text: 'Invalid params: no name' };
    }
    const end = name.indexOf(SEPARATOR);
    const upstream = end > 0 ? this.upstreamNamed(session, name.slice(0, end)) : undefined;
    if (upstream === undefined) return unknown('name', name);
    const bare = JSON.stringify(name.slice(end + SEPARATOR.length));
    return { kind: 'one', upstream, message: withValue(message, path, bare) };
  }

  /** The upstream whose prefix a name carries, if the session reaches it. */
  protected upstreamNamed(session: DownstreamSession, name: string): Upstream | undefined {
    const upstream = this.#catalog.get(name);
    return upstream && this.#users.mayUse(session.user, name) ? upstream : undefined;
  }

  #byUri(session: DownstreamSession, message: Message): Route {
    const uri = paramsOf(message)['uri'];
    const owner = typeof uri === 'string' ? session.resourceOwners.get(uri) : undefined;
    const upstream = owner === undefined ? undefined : this.upstreamNamed(session, owner);
    if (upstream !== undefined) return { kind: 'one', upstream, message };
    const text = 'Resource not found: no upstream has listed it to this session';
    return { kind: 'none', code: -32002, text };
  }
}

function unknown(what: string, name: string): Route {
  return { kind: 'none', code: -32602, text: `Unknown ${what}: ${name.slice(0, 200)}` };
}
