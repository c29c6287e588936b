/**
 * One list out of several upstreams' lists, all pages of each. Entries are copied byte for byte,
 * only names get their prefix. An upstream that fails or is slow is left out and named in the
 * result; when none is left the failure is the answer.
 */

import { asFailure, Failure, type Wording } from '../jsonrpc/failure.ts';
import { isObject, requestOf, type JsonObject, type Message } from '../jsonrpc/message.ts';
import { elements, locate, splice } from '../jsonrpc/scan.ts';
import { ask, ownId } from '../upstream/ask.ts';
import type { UpstreamSession } from '../upstream/session.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { Leg, type Call } from './call.ts';
import { SEPARATOR, type MergedList } from './router.ts';

/** An upstream that hands out more pages than that is cut off. */
const MAX_PAGES = 100;
const MAX_RESOURCES = 10_000;

export interface MergerDeps {
  readonly wording: Wording;
  /** How long one upstream may take for its whole list, in milliseconds. */
  readonly timeoutMs: number;
  sessionFor(call: Call, upstream: Upstream): UpstreamSession | Promise<UpstreamSession>;
}

type Part = { readonly entries: readonly Buffer[] } | { readonly failure: Failure };

export class Merger {
  readonly #deps: MergerDeps;

  constructor(deps: MergerDeps) {
    this.#deps = deps;
  }

  /** The result as JSON text. @throws Failure when no upstream gave its list. */
  async merge(call: Call, upstreams: readonly Upstream[], list: MergedList): Promise<string> {
    const parts = await Promise.all(upstreams.map((upstream) => this.partOf(call, upstream, list)));
    const failures = parts.flatMap((part) => ('failure' in part ? [part.failure] : []));
    const first = failures[0];
    if (first !== undefined && failures.length === parts.length) throw first;
    const entries = parts.flatMap((part) => ('entries' in part ? part.entries : []));
    const text = entries.map((entry) => entry.toString()).join(',');
    return `{"${list.field}":[${text}]${this.#missing(failures)}}`;
  }

  #missing(failures: readonly Failure[]): string {
    if (failures.length === 0) return '';
    const unavailable = failures.map((failure) => ({
      upstream: failure.upstream,
      error: this.#deps.wording.errorText(failure),
    }));
    return `,"_meta":${JSON.stringify({ 'mcp-gauntlet/unavailable': unavailable })}`;
  }

  protected async partOf(call: Call, upstream: Upstream, list: MergedList): Promise<Part> {
    const until = performance.now() + this.#deps.timeoutMs;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const failure = new Failure('timeout', upstream.name, `no ${list.field} in time`);
      timer = setTimeout(() => reject(failure), this.#deps.timeoutMs);
    });
    try {
      return { entries: await Promise.race([this.#pages(call, upstream, list, until), late]) };
    } catch (error) {
      return { failure: asFailure(error, upstream.name) };
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
    for (let page = 0; page < MAX_PAGES && performance.now() < until; page += 1) {
      const answer = await this.#page(call, session, list, { cursor, until });
      entries.push(...entriesOf(call, upstream, answer, list));
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
    const answer = await ask(session, request, {
      timeoutMs: Math.max(1, at.until - performance.now()),
      onMessage: (message) => leg.passed(message),
      onSent: (inFlight) => {
        leg.inFlight = inFlight;
        call.legs.push(leg);
      },
    });
    if (isObject(answer.body['result'])) return answer;
    const code = errorCode(answer.body);
    throw new Failure('rejected', session.upstream.name, `it refused ${list.method} (${code})`);
  }
}

function errorCode(body: JsonObject): string {
  const error = body['error'];
  const code = isObject(error) ? error['code'] : undefined;
  return typeof code === 'number' ? String(code) : 'without a code';
}

/** Whether the upstream said at the handshake that it has this. */
function offers(session: UpstreamSession, capability: string): boolean {
  const result = session.handshake.body['result'];
  const capabilities = isObject(result) ? result['capabilities'] : undefined;
  return isObject(capabilities) && capability in capabilities;
}

function entriesOf(
  call: Call,
  upstream: Upstream,
  answer: Message,
  list: MergedList,
): readonly Buffer[] {
  const range = locate(answer.bytes, ['result', list.field]);
  if (range === undefined) return [];
  return elements(answer.bytes, range).map(({ start, end }) => {
    const entry = answer.bytes.subarray(start, end);
    if (list.isNamed) return prefixed(entry, upstream.name);
    remember(call, upstream, entry);
    return entry;
  });
}

function prefixed(entry: Buffer, upstream: string): Buffer {
  const range = locate(entry, ['name']);
  if (range === undefined) return entry;
  // An upstream's name needs no escapes, so the name's own bytes stay as they are.
  const name = entry.toString('utf8', range.start + 1, range.end - 1);
  return splice(entry, range, `"${upstream}${SEPARATOR}${name}"`);
}

function remember(call: Call, upstream: Upstream, entry: Buffer): void {
  const { resourceOwners } = call.session;
  const range = locate(entry, ['uri']);
  if (range === undefined || resourceOwners.size >= MAX_RESOURCES) return;
  const uri: unknown = JSON.parse(entry.toString('utf8', range.start, range.end));
  if (typeof uri === 'string' && !resourceOwners.has(uri)) resourceOwners.set(uri, upstream.name);
}
