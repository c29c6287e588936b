/**
 * Which upstream a resource of a session belongs to, where there are several: whoever lists it first
 * in the order of the configuration; whoever mentioned it in a result; or whose template it begins
 * like. A URI goes to no upstream that has not named it.
 */

import { isObject, type JsonObject } from '../jsonrpc/message.ts';

/** Of each kind; the oldest are forgotten. */
const MAX_ENTRIES = 10_000;
/** A longer one is listed, and not routed. */
const MAX_URI_CHARS = 4_096;

function put(map: Map<string, string>, key: string, upstream: string): void {
  if (key.length > MAX_URI_CHARS) return;
  map.set(key, upstream);
  const oldest = map.keys().next().value;
  if (map.size > MAX_ENTRIES && oldest !== undefined) map.delete(oldest);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export class ResourceOwners {
  readonly #byUri = new Map<string, string>();
  readonly #byTemplate = new Map<string, string>();

  /** Takes what one merge listed, upstreams in order. `isAbsent`: it gave no list this time. */
  claims(kind: 'uri' | 'uriTemplate', isAbsent: (upstream: string) => boolean) {
    const map = kind === 'uri' ? this.#byUri : this.#byTemplate;
    const listed = new Map<string, string>();
    /** Whether `upstream` serves this one; false when it belongs to another. */
    return (key: string, upstream: string): boolean => {
      const before = map.get(key);
      const keeps = before !== undefined && before !== upstream && isAbsent(before);
      const owner = listed.get(key) ?? (keeps ? before : upstream);
      listed.set(key, owner);
      if (owner === upstream) put(map, key, upstream);
      return owner === upstream;
    };
  }

  /** Takes the links and contents in a result: they are read where they came from. */
  mentioned(result: JsonObject, upstream: string): void {
    const messages = listOf(result['messages']).filter(isObject);
    const items = [
      ...listOf(result['content']),
      ...listOf(result['contents']),
      ...messages.map((message) => message['content']),
    ];
    for (const item of items.filter(isObject)) {
      const uri = isObject(item['resource']) ? item['resource']['uri'] : item['uri'];
      if (typeof uri === 'string' && !this.#byUri.has(uri)) put(this.#byUri, uri, upstream);
    }
  }

  /** Whether that very URI belongs to another. */
  isForeign(uri: unknown, upstream: string): boolean {
    const owner = typeof uri === 'string' ? this.#byUri.get(uri) : undefined;
    return owner !== undefined && owner !== upstream;
  }

  /** By the URI itself or the template itself; else by the longest text before a template's first "{". */
  ownerOf(uri: string): string | undefined {
    const named = this.#byUri.get(uri) ?? this.#byTemplate.get(uri);
    if (named !== undefined) return named;
    let longest = 0;
    let owner: string | undefined;
    for (const [template, upstream] of this.#byTemplate) {
      const end = template.indexOf('{');
      const prefix = end === -1 ? template : template.slice(0, end);
      if (prefix.length <= longest || !uri.startsWith(prefix)) continue;
      longest = prefix.length;
      owner = upstream;
    }
    return owner;
  }
}
