/**
 * One list out of several upstreams' lists, all pages of each, as one page. Entries are copied byte
 * for byte, only names get their prefix. An upstream that fails or is slow is left out and named, to
 * the client and in the result; when none is left the failure is the answer.
 */

import { asFailure, Failure, type Wording } from '../jsonrpc/failure.ts';
import { isObject, requestOf, type JsonObject, type Message } from '../jsonrpc/message.ts';
import { elements, locate, splice } from '../jsonrpc/scan.ts';
import { ask, ownId } from '../upstream/ask.ts';
import type { UpstreamSession } from '../upstream/session.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { Leg, type Call } from './call.ts';
import { notice } from './notice.ts';
import { ResourceOwners } from './resource-owners.ts';
import { SEPARATOR, type MergedList } from './router.ts';
import { offers } from './session-state.ts';

/** An upstream whose list has more pages, or is larger, is left out. */
const MAX_PAGES = 100;
const MAX_PART_BYTES = 16 * 1024 * 1024;
/** URIs that are named in a result because they are not served from where they were listed. */
const MAX_SHADOWED = 100;

export interface MergerDeps {
  readonly wording: Wording;
  /** How long one upstream may take for its whole list, in milliseconds. */
  readonly timeoutMs: number;
  sessionFor(call: Call, upstream: Upstream): UpstreamSession | Promise<UpstreamSession>;
  /** Tells an upstream that nobody waits for this any more. */
  cancelLeg(leg: Leg, reason: string): void;
}

export interface Part {
  readonly upstream: Upstream;
  readonly entries: readonly Buffer[];
  readonly failure: Failure | undefined;
}

export interface Merged {
  /** As JSON text. */
  readonly result: string;
  /** The names of the upstreams that gave no list. */
  readonly missing: readonly string[];
}

export class Merger {
  readonly #deps: MergerDeps;

  constructor(deps: MergerDeps) {
    this.#deps = deps;
  }

  /** @throws Failure when no upstream gave its list. */
  async merge(call: Call, upstreams: readonly Upstream[], list: MergedList): Promise<Merged> {
    const parts = await Promise.all(upstreams.map((upstream) => this.partOf(call, upstream, list)));
    const failures = parts.flatMap(({ failure }) => failure ?? []);
    const first = failures[0];
    if (first !== undefined && failures.length === parts.length) throw first;
    const meta: Record<string, unknown> = {};
    const entries = list.key === 'name' ? named(parts) : owned(call, parts, list.key, meta);
    if (failures.length > 0) meta['mcp-gauntlet/unavailable'] = this.#told(call, failures);
    const tail = Object.keys(meta).length === 0 ? '' : `,"_meta":${JSON.stringify(meta)}`;
    const text = entries.map((entry) => entry.toString()).join(',');
    return {
      result: `{"${list.field}":[${text}]${tail}}`,
      missing: failures.map(({ upstream }) => upstream),
    };
  }

  #told(call: Call, failures: readonly Failure[]): readonly unknown[] {
    return failures.map((failure) => {
      const error = this.#deps.wording.errorText(failure);
      (call.session.missing ??= new Set()).add(failure.upstream);
      notice(call, failure.upstream, `left out of ${call.message.method}: ${error}`);
      return { upstream: failure.upstream, error };
    });
  }

  protected async partOf(call: Call, upstream: Upstream, list: MergedList): Promise<Part> {
    const until = performance.now() + this.#deps.timeoutMs;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const failure = new Failure('timeout', upstream.name, `no ${list.field} in time`);
      timer = setTimeout(() => reject(failure), this.#deps.timeoutMs);
    });
    try {
      const entries = await Promise.race([this.#pages(call, upstream, list, until), late]);
      return { upstream, entries, failure: undefined };
    } catch (error) {
      return { upstream, entries: [], failure: asFailure(error, upstream.name) };
    } finally {
      clearTimeout(timer);
    }
  }

  async #pages(
    call: Call,
    upstream: Upstream,
    list: MergedList,
    until: number,
  ): Promise<readonly Buffer[]> {
    const session = await this.#deps.sessionFor(call, upstream);
    if (!offers(session, list.capability)) return [];
    const entries: Buffer[] = [];
    const seen = new Set<string>();
    let cursor: string | undefined;
    let size = 0;
    for (let page = 0; page < MAX_PAGES && size < MAX_PART_BYTES; page += 1) {
      if (call.isSettled || performance.now() >= until) break;
      const answer = await this.#page(call, session, list, { cursor, until });
      size += answer.bytes.length;
      entries.push(...entriesOf(answer, list));
      const result = answer.body['result'];
      const next = isObject(result) ? result['nextCursor'] : undefined;
      if (typeof next !== 'string' || seen.has(next)) return entries;
      seen.add(next);
      cursor = next;
    }
    throw new Failure('timeout', upstream.name, `its ${list.field} do not come to an end`);
  }

  async #page(
    call: Call,
    session: UpstreamSession,
    list: MergedList,
    at: { readonly cursor: string | undefined; readonly until: number },
  ): Promise<Message> {
    const request = requestOf(
      ownId(),
      list.method,
      at.cursor === undefined ? undefined : { cursor: at.cursor },
    );
    const leg = new Leg(call, session, request.idText);
    const answer = await this.#asked(leg, request, at.until);
    if (isObject(answer.body['result'])) return answer;
    const code = errorCode(answer.body);
    throw new Failure('rejected', session.upstream.name, `it refused ${list.method} (${code})`);
  }

  async #asked(leg: Leg, request: Message, until: number): Promise<Message> {
    const { call, session } = leg;
    try {
      return await ask(session, request, {
        timeoutMs: Math.max(1, until - performance.now()),
        headers: session.upstream.passed(call.headers),
        onMessage: (message) => leg.passed(message),
        onSent: (inFlight) => {
          leg.inFlight = inFlight;
          call.legs.push(leg);
        },
      });
    } catch (error) {
      const isLate = asFailure(error, '').kind === 'timeout';
      if (isLate) this.#deps.cancelLeg(leg, '"the request timed out"');
      throw error;
    } finally {
      // What is over can't be cancelled with the call.
      call.legs.splice(call.legs.indexOf(leg), 1);
    }
  }
}

function errorCode(body: JsonObject): string {
  const error = body['error'];
  const code = isObject(error) ? error['code'] : undefined;
  return typeof code === 'number' ? String(code) : 'without a code';
}

function entriesOf(answer: Message, list: MergedList): readonly Buffer[] {
  const range = locate(answer.bytes, ['result', list.field]);
  if (range === undefined) return [];
  return elements(answer.bytes, range).map(({ start, end }) => answer.bytes.subarray(start, end));
}

function named(parts: readonly Part[]): readonly Buffer[] {
  return parts.flatMap(({ upstream, entries }) =>
    entries.map((entry) => prefixed(entry, upstream.name)),
  );
}

function prefixed(entry: Buffer, upstream: string): Buffer {
  const range = locate(entry, ['name']);
  if (range === undefined) return entry;
  // An upstream's name needs no escapes, so the name's own bytes stay as they are.
  const name = entry.toString('utf8', range.start + 1, range.end - 1);
  return splice(entry, range, `"${upstream}${SEPARATOR}${name}"`);
}

/** Of equal URIs the first in the order of upstreams; the others are named in `meta`. */
function owned(
  call: Call,
  parts: readonly Part[],
  key: 'uri' | 'uriTemplate',
  meta: Record<string, unknown>,
): readonly Buffer[] {
  const resources = (call.session.resources ??= new ResourceOwners());
  const silent = new Set(parts.flatMap(({ failure }) => failure?.upstream ?? []));
  const claim = resources.claims(key, (upstream) => silent.has(upstream));
  const shadowed: { upstream: string; uri: string }[] = [];
  const entries = parts.flatMap(({ upstream: { name: upstream }, entries: listed }) =>
    listed.filter((entry) => {
      const range = locate(entry, [key]);
      const uri: unknown = range && JSON.parse(entry.toString('utf8', range.start, range.end));
      if (typeof uri !== 'string' || claim(uri, upstream)) return true;
      if (shadowed.length < MAX_SHADOWED) shadowed.push({ upstream, uri });
      return false;
    }),
  );
  for (const name of new Set(shadowed.map(({ upstream }) => upstream))) {
    notice(call, name, 'some of its resources have the URI of another upstream’s and are left out');
  }
  if (shadowed.length > 0) meta['mcp-gauntlet/shadowed'] = shadowed;
  return entries;
}
