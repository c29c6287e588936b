/**
 * Where a request goes. With one upstream: there, as it is. With several: by the prefix of the name
 * it carries, which is taken off; to whom the resource belongs; to all; or it is answered here.
 */

import type { DownstreamSession } from '../downstream/session.ts';
import type { Users } from '../downstream/users.ts';
import { isObject, paramsOf, withValue, type Message } from '../jsonrpc/message.ts';
import type { Catalog } from '../upstream/catalog.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { isLogLevel } from './session-state.ts';

export const SEPARATOR = '__';

export type Route =
  | { readonly kind: 'one'; readonly upstream: Upstream; readonly message: Message }
  | { readonly kind: 'merge'; readonly list: MergedList }
  | { readonly kind: 'level' }
  /** A resource that nobody has named to this session yet. */
  | { readonly kind: 'find' }
  | { readonly kind: 'here' }
  | { readonly kind: 'none'; readonly code: number; readonly text: string };

export interface MergedList {
  readonly method: string;
  /** The field of the result that holds the list. */
  readonly field: string;
  /** What tells its entries apart: names are prefixed, the first of equal URIs wins. */
  readonly key: 'name' | 'uri' | 'uriTemplate';
  /** The upstream capability without which it is not asked. */
  readonly capability: string;
}

/** The lists that say whose a URI is. */
export const URI_LISTS: readonly MergedList[] = [
  { method: 'resources/list', field: 'resources', key: 'uri', capability: 'resources' },
  {
    method: 'resources/templates/list',
    field: 'resourceTemplates',
    key: 'uriTemplate',
    capability: 'resources',
  },
];

const MERGED: ReadonlyMap<string, MergedList> = new Map(
  [
    { method: 'tools/list', field: 'tools', key: 'name', capability: 'tools' } as const,
    { method: 'prompts/list', field: 'prompts', key: 'name', capability: 'prompts' } as const,
    ...URI_LISTS,
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
    const { cursor, level, ref, uri } = paramsOf(message);
    const list = MERGED.get(message.method);
    // Lists come whole: nobody was ever given a cursor.
    if (list !== undefined && cursor !== undefined) return invalid('unknown cursor');
    if (list !== undefined) return { kind: 'merge', list };
    if (BY_URI.has(message.method)) return this.#byUri(session, message, uri);
    if (isObject(ref) && 'uri' in ref) return this.#byUri(session, message, ref['uri']);
    const path = NAMED.get(message.method);
    if (path !== undefined) return this.#byName(session, message, path);
    if (message.method === 'logging/setLevel') {
      return isLogLevel(level) ? { kind: 'level' } : invalid('unknown level');
    }
    return { kind: 'none', code: -32601, text: `Method not found: ${message.method}` };
  }

  #byName(session: DownstreamSession, message: Message, path: readonly string[]): Route {
    const params = paramsOf(message);
    const ref = params['ref'];
    const name = path.length === 2 ? params['name'] : isObject(ref) ? ref['name'] : undefined;
    if (typeof name !== 'string') return invalid('no name');
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

  #byUri(session: DownstreamSession, message: Message, uri: unknown): Route {
    if (typeof uri !== 'string') return invalid('no uri');
    const owner = session.state?.subscriptions.get(uri) ?? session.resources?.ownerOf(uri);
    const upstream = owner === undefined ? undefined : this.upstreamNamed(session, owner);
    return upstream === undefined ? { kind: 'find' } : { kind: 'one', upstream, message };
  }
}

function invalid(text: string): Route {
  return { kind: 'none', code: -32602, text: `Invalid params: ${text}` };
}

function unknown(what: string, name: string): Route {
  return invalid(`unknown ${what}: ${name.slice(0, 200)}`);
}
