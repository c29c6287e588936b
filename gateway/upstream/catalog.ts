/** The upstreams there are, and what becomes of their sessions when an operator changes them. */

import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Log } from '../observe/log.ts';
import type { AddressGuard } from './address-guard.ts';
import { signatureProblem } from './certificates.ts';
import {
  CONNECT_FIELDS,
  changedFields,
  definitionSchema,
  type Change,
  type Definition,
} from './definition.ts';
import { passedNames, picked, type PassedHeaders } from './passed-headers.ts';
import { Upstream } from './upstream.ts';

const CONNECT = new Set<string>(CONNECT_FIELDS.flatMap(({ fields }) => fields));

const NOT_ALLOWED = 'a private or special address that allowedUpstreamNetworks does not have';

export interface CatalogDeps {
  readonly log: Log;
  readonly guard: AddressGuard;
  /** Verifies CA certificates. */
  readonly caSigningKey?: KeyObject | undefined;
  /** Ends all sessions with that upstream; may take as long as calls are drained. */
  evict(upstream: Upstream, reason: 'changed' | 'removed'): Promise<void>;
}

export interface Changed {
  readonly upstream: Upstream;
  /** The fields that differ now. */
  readonly fields: readonly string[];
  readonly evicted: boolean;
}

/** The names of upstreams. */
export type Replaced = Readonly<
  Record<'added' | 'changed' | 'evicted' | 'removed', readonly string[]>
>;

export class Catalog {
  readonly #upstreams = new Map<string, Upstream>();
  /** Of headers that any upstream is given. */
  #passed: readonly string[] = passedNames([]);
  readonly #deps: CatalogDeps;

  constructor(definitions: readonly Definition[], deps: CatalogDeps) {
    this.#deps = deps;
    for (const definition of definitions) this.add(definition);
  }

  get(name: string): Upstream | undefined {
    return this.#upstreams.get(name);
  }

  /** In the order of the configuration, then that in which they were added. */
  all(): readonly Upstream[] {
    return [...this.#upstreams.values()];
  }

  /** False when the name is taken; throws ZodError when the gateway may not talk to it. */
  add(definition: Definition): boolean {
    if (this.#upstreams.has(definition.name)) return false;
    this.#upstreams.set(definition.name, this.#made(definition));
    this.#noted();
    return true;
  }

  /** Undefined when there is no such upstream; throws ZodError for an outcome that cannot be. */
  change(name: string, change: Change): Changed | undefined {
    const before = this.#upstreams.get(name);
    if (before === undefined) return undefined;
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const after = definitionSchema.parse({ ...before.definition, ...Object.fromEntries(given) });
    return this.#change(before, after);
  }

  #change(before: Upstream, after: Definition): Changed {
    const fields = changedFields(before.definition, after);
    if (!this.evictsSessions(fields)) {
      before.annotate(after);
      this.#noted();
      return { upstream: before, fields, evicted: false };
    }
    const upstream = this.#made(after);
    this.#upstreams.set(after.name, upstream);
    this.#noted();
    this.#discard(before, 'changed');
    return { upstream, fields, evicted: true };
  }

  /** From now on exactly these, whatever was added or changed meanwhile. The names of what differs. */
  replaceAll(definitions: readonly Definition[]): Replaced {
    const wanted = new Set(definitions.map(({ name }) => name));
    const removed = [...this.#upstreams.keys()].filter((name) => !wanted.has(name));
    for (const name of removed) this.remove(name);
    const outcome = { added: [] as string[], changed: [] as string[], evicted: [] as string[] };
    for (const definition of definitions) {
      const { name } = definition;
      const before = this.get(name);
      const { fields = [], evicted = false } = before ? this.#change(before, definition) : {};
      if (before === undefined && this.add(definition)) outcome.added.push(name);
      if (fields.length > 0) outcome.changed.push(name);
      if (evicted) outcome.evicted.push(name);
    }
    this.#inOrderOf(definitions);
    return { ...outcome, removed };
  }

  #inOrderOf(definitions: readonly Definition[]): void {
    for (const { name } of definitions) {
      const upstream = this.#upstreams.get(name);
      this.#upstreams.delete(name);
      if (upstream !== undefined) this.#upstreams.set(name, upstream);
    }
  }

  /** False when there is no such upstream. */
  remove(name: string): boolean {
    const upstream = this.#upstreams.get(name);
    if (upstream === undefined) return false;
    this.#upstreams.delete(name);
    this.#discard(upstream, 'removed');
    return true;
  }

  async destroy(): Promise<void> {
    await Promise.all(this.all().map((upstream) => upstream.destroy()));
  }

  /** Whether a change of these fields ends the upstream's sessions. */
  evictsSessions(fields: readonly string[]): boolean {
    return fields.some((field) => CONNECT.has(field));
  }

  /** What of a request's headers may go along to some upstream. */
  passed(headers: IncomingHttpHeaders): PassedHeaders {
    return picked(headers, this.#passed);
  }

  #noted(): void {
    this.#passed = passedNames(this.all().flatMap((one) => one.definition.passthroughHeaders));
  }

  #made(definition: Definition): Upstream {
    const { guard, caSigningKey } = this.#deps;
    const refuse = (message: string, ...path: string[]): never => {
      throw new z.ZodError([{ code: 'custom', input: undefined, message, path }]);
    };
    const { oauth, url } = definition;
    if (url !== '' && !guard.admits(url)) refuse(NOT_ALLOWED, 'url');
    if (oauth && !guard.admits(oauth.tokenEndpoint)) refuse(NOT_ALLOWED, 'oauth', 'tokenEndpoint');
    const problem = signatureProblem(definition, caSigningKey);
    if (problem) refuse(problem.message, problem.field);
    return new Upstream(definition, this.#deps);
  }

  /** Ends the sessions in the background: an upstream that will not let go holds up no operator. */
  #discard(upstream: Upstream, reason: 'changed' | 'removed'): void {
    this.#deps
      .evict(upstream, reason)
      .then(() => upstream.destroy())
      .catch((error: unknown) => {
        this.#deps.log.error({ upstream: upstream.name, reason, err: error }, 'eviction failed');
      });
  }
}
