/**
 * An upstream as an operator writes it down. Fields that decide whom the gateway talks to, and as
 * whom, end that upstream's sessions when they change; the rest are notes that keep them.
 */

import { z } from 'zod';

/**
 * Everything that decides a connection. `fields` are the schema's names for it: where there are
 * none yet, a definition that uses it is refused, never silently ignored.
 */
export const CONNECT_FIELDS = [
  { what: 'url', fields: ['url'] },
  { what: 'transport', fields: ['transport'] },
  { what: 'authentication type', fields: ['authType'] },
  { what: 'authentication value', fields: ['authValue', 'headers'] },
  { what: 'query parameters', fields: ['queryParameters'] },
  { what: 'OAuth configuration', fields: [] },
  { what: 'CA certificate', fields: [] },
  { what: 'CA certificate signature', fields: [] },
  { what: 'signing algorithm', fields: [] },
  { what: 'client certificate', fields: [] },
  { what: 'client key', fields: [] },
] as const satisfies readonly { what: string; fields: readonly string[] }[];

export const COSMETIC_FIELDS = ['description', 'tags', 'passthroughHeaders', 'visibility'] as const;

/** Letters, digits, - and single underscores: "__" stands between an upstream's name and a tool's. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]|_(?!_|$))*$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

const headerName = z.string().regex(HEADER_NAME, 'not a header name').toLowerCase();
const headerValue = z.string().regex(HEADER_VALUE, 'not a header value');

/** Headers that the gateway sets itself or that belong to one hop. */
const RESERVED = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'host',
  'keep-alive',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-session-id',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const freeHeaderName = headerName.refine(
  (name) => !RESERVED.has(name),
  'the gateway sets this one',
);

export const nameSchema = z.string().max(64).regex(NAME, 'use letters, digits, "-" and single "_"');

const shape = {
  url: z.url({ protocol: /^https?$/, error: 'not an http or https URL' }),
  transport: z.literal('streamable-http').default('streamable-http'),
  headers: z.record(freeHeaderName, headerValue).default({}),
  authType: z.enum(['none', 'bearer', 'basic', 'header']).default('none'),
  /** A bearer token, "user:password", or "name: value", as `authType` says. */
  authValue: headerValue.default(''),
  queryParameters: z.record(z.string(), z.string()).default({}),
  description: z.string().max(1000).default(''),
  tags: z.array(z.string().max(64)).max(32).default([]),
  /** Headers of the client's request that go along to this upstream. */
  passthroughHeaders: z.array(freeHeaderName).max(32).default([]),
  visibility: z.enum(['public', 'private']).default('public'),
};

export const definitionSchema = z
  .strictObject({ name: nameSchema, ...shape })
  .superRefine(({ authType, authValue }, context) => {
    const isWrong =
      (authType === 'none') !== (authValue === '') ||
      (authType === 'header' && !/^[^:\s]+:/.test(authValue));
    if (isWrong) {
      const message = `not a value for authType "${authType}"`;
      context.addIssue({ code: 'custom', path: ['authValue'], message });
    }
  });

export type Definition = z.infer<typeof definitionSchema>;

/** A partial change: only the fields that are given; the name stays. */
export const changeSchema = z.strictObject({
  url: shape.url.optional(),
  transport: shape.transport.unwrap().optional(),
  headers: shape.headers.unwrap().optional(),
  authType: shape.authType.unwrap().optional(),
  authValue: shape.authValue.unwrap().optional(),
  queryParameters: shape.queryParameters.unwrap().optional(),
  description: shape.description.unwrap().optional(),
  tags: shape.tags.unwrap().optional(),
  passthroughHeaders: shape.passthroughHeaders.unwrap().optional(),
  visibility: shape.visibility.unwrap().optional(),
});

export type Change = z.infer<typeof changeSchema>;

/** The names of the fields in which two definitions differ. */
export function changedFields(before: Definition, after: Definition): readonly string[] {
  const names = Object.keys(definitionSchema.shape) as (keyof Definition)[];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** The headers that authenticate the gateway at the upstream, flat: name, value, name, value. */
export function headersOf(definition: Definition): readonly string[] {
  const flat = Object.entries(definition.headers).flat();
  const value = definition.authValue;
  switch (definition.authType) {
    case 'none':
      return flat;
    case 'bearer':
      return [...flat, 'authorization', `Bearer ${value}`];
    case 'basic':
      return [...flat, 'authorization', `Basic ${Buffer.from(value).toString('base64')}`];
    case 'header': {
      const colon = value.indexOf(':');
      return [...flat, value.slice(0, colon).trim().toLowerCase(), value.slice(colon + 1).trim()];
    }
    default:
      return definition.authType satisfies never;
  }
}

/** The path and query under the URL's origin. */
export function targetOf(definition: Definition): string {
  const url = new URL(definition.url);
  for (const [name, value] of Object.entries(definition.queryParameters)) {
    url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}
