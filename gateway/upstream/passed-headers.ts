/**
 * What of a client's own headers goes along to upstreams: trace context to all, since it is made to
 * be passed on and proves nothing; everything else only to an upstream whose definition names it.
 */

import type { IncomingHttpHeaders } from 'node:http';

/** W3C Trace Context. Baggage carries data of whoever put it there, and has to be named. */
const TRACE_CONTEXT = ['traceparent', 'tracestate'];

export type PassedHeaders = Readonly<Record<string, string>>;

/** For the many requests that carry none: nothing is allocated for them. */
export const NO_HEADERS: PassedHeaders = {};
const NOTHING: readonly string[] = [];

/** The names that concern one upstream, or all of them together. */
export function passedNames(given: Iterable<string>): readonly string[] {
  return [...new Set([...TRACE_CONTEXT, ...given])];
}

export function picked(headers: IncomingHttpHeaders, names: readonly string[]): PassedHeaders {
  let found: Record<string, string> | undefined;
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') (found ??= {})[name] = value;
  }
  return found ?? NO_HEADERS;
}

/** Those with these names, flat. */
export function flattened(headers: PassedHeaders, names: readonly string[]): readonly string[] {
  if (headers === NO_HEADERS) return NOTHING;
  return names.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [name, value];
  });
}
