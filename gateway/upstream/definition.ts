/**
 * An upstream as an operator writes it down. Fields that decide whom the gateway talks to, and as
 * whom, end that upstream's sessions when they change; the rest are notes that keep them.
 */

import { z } from 'zod';
import { certificateProblems, SIGNING_ALGORITHMS, type FieldProblem } from './certificates.ts';

/** Everything that decides a connection; `fields` are the schema's names for it. */
export const CONNECT_FIELDS = [
  { what: 'url', fields: ['url', 'command', 'args', 'env', 'cwd'] },
  { what: 'transport', fields: ['transport'] },
  { what: 'authentication type', fields: ['authType'] },
  { what: 'authentication value', fields: ['authValue', 'headers'] },
  { what: 'query parameters', fields: ['queryParameters'] },
  { what: 'OAuth configuration', fields: ['oauth'] },
  { what: 'CA certificate', fields: ['caCertificate'] },
  { what: 'CA certificate signature', fields: ['caCertificateSignature'] },
  { what: 'signing algorithm', fields: ['signingAlgorithm'] },
  { what: 'client certificate', fields: ['clientCertificate'] },
  { what: 'client key', fields: ['clientKey'] },
] as const satisfies readonly { what: string; fields: readonly string[] }[];

/** What a child process has in place of a URL. */
export const PROCESS_FIELDS = ['command', 'args', 'env', 'cwd'] as const;

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
  'via',
]);

const freeHeaderName = headerName.refine(
  (name) => !RESERVED.has(name),
  'the gateway sets this one',
);

export const nameSchema = z.string().max(64).regex(NAME, 'use letters, digits, "-" and single "_"');

/** Credentials have fields of their own, which are never shown. */
const webUrl = z
  .url({ protocol: /^https?$/, error: 'not an http or https URL' })
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', {
    error: 'credentials do not belong in a URL',
  });

const secret = z.string().min(1).max(4096).regex(HEADER_VALUE, 'not printable ASCII');

/** A client credentials grant (RFC 6749, section 4.4). */
const oauthSchema = z.strictObject({
  tokenEndpoint: webUrl.refine(isConfidential, 'use https: http is for loopback only'),
  clientId: secret,
  clientSecret: secret,
  /** How the client proves itself: HTTP Basic, or the secret in the form. */
  clientAuthentication: z.enum(['basic', 'post']).default('basic'),
  scope: secret.optional(),
  audience: secret.optional(),
  /** RFC 8707. */
  resource: z.url().optional(),
});

export type OAuth = z.infer<typeof oauthSchema>;

/** PEM text, or nothing. */
const pem = z
  .string()
  .max(64 * 1024)
  .default('');

const commandText = z
  .string()
  .max(4096)
  .regex(/^[^\0]*$/, 'it contains a NUL character');

const shape = {
  /** "" for a child process. */
  url: webUrl.or(z.literal('')).default(''),
  transport: z.enum(['streamable-http', 'sse', 'stdio']).default('streamable-http'),
  command: commandText.default(''),
  args: z.array(commandText).max(256).default([]),
  /** In addition to the few variables that a child process inherits. */
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'not a name'), commandText).default({}),
  /** "": the gateway's own. */
  cwd: commandText.default(''),
  headers: z.record(freeHeaderName, headerValue).default({}),
  authType: z.enum(['none', 'bearer', 'basic', 'header', 'oauth']).default('none'),
  /** A bearer token, "user:password", or "name: value", as `authType` says. */
  authValue: headerValue.default(''),
  queryParameters: z.record(z.string(), z.string()).default({}),
  oauth: oauthSchema.nullable().default(null),
  /** Who may have signed the upstream's certificate; instead of the system's authorities. */
  caCertificate: pem,
  /** Base64 of a detached signature over the bytes of `caCertificate`. */
  caCertificateSignature: z.base64().default(''),
  signingAlgorithm: z.enum(SIGNING_ALGORITHMS).default('ed25519'),
  clientCertificate: pem,
  clientKey: pem,
  description: z.string().max(1000).default(''),
  tags: z.array(z.string().max(64)).max(32).default([]),
  /** Headers of the client's request that go along to this upstream. */
  passthroughHeaders: z.array(freeHeaderName).max(32).default([]),
  visibility: z.enum(['public', 'private']).default('public'),
};

const fieldsSchema = z.strictObject({ name: nameSchema, ...shape });

export type Definition = z.infer<typeof fieldsSchema>;

export const definitionSchema = fieldsSchema.superRefine((definition, context) => {
  for (const { field, message } of contradictions(definition)) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
});

/** Fields that make no sense together. */
function* contradictions(definition: Definition): Generator<FieldProblem> {
  const { authType, authValue, oauth, passthroughHeaders } = definition;
  yield* foreignFields(definition);
  const needsValue = authType !== 'none' && authType !== 'oauth';
  const isNoHeader = authType === 'header' && !/^[^:\s]+:/.test(authValue);
  if (needsValue !== (authValue !== '') || isNoHeader) {
    yield { field: 'authValue', message: `not a value for authType "${authType}"` };
    return;
  }
  if ((authType === 'oauth') !== (oauth !== null)) {
    yield { field: 'oauth', message: `not what authType "${authType}" needs` };
  }
  const own = headersOf(definition).filter((_, index) => index % 2 === 0);
  if (authType === 'oauth') own.push('authorization');
  if (own.some((name) => RESERVED.has(name))) {
    yield { field: 'authValue', message: 'the gateway sets this header' };
  }
  if (new Set(own).size < own.length) {
    yield { field: 'headers', message: `the header of authType "${authType}" is there, too` };
  }
  if (passthroughHeaders.some((name) => own.includes(name))) {
    yield { field: 'passthroughHeaders', message: 'the gateway sends its own header of that name' };
  }
  yield* certificateProblems(definition);
}

/** What is there and means nothing to the transport, and what it cannot do without. */
function* foreignFields(definition: Definition): Generator<FieldProblem> {
  const isProcess = definition.transport === 'stdio';
  const needed = isProcess ? 'command' : 'url';
  const transport = `transport "${definition.transport}"`;
  if (definition[needed] === '') yield { field: needed, message: `${transport} needs it` };
  const ofProcess = new Set<string>(PROCESS_FIELDS);
  const fields = [
    ...CONNECT_FIELDS.flatMap((one) => [...one.fields]),
    'passthroughHeaders',
  ] as const;
  for (const field of fields) {
    const isDefault =
      JSON.stringify(definition[field]) === JSON.stringify(shape[field].parse(undefined));
    if (field !== 'transport' && ofProcess.has(field) !== isProcess && !isDefault) {
      yield { field, message: `it means nothing to ${transport}` };
    }
  }
}

/** Whether what is sent there can be read on the way. */
function isConfidential(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** Fields that are shown as they are; of all others an operator sees names, or whether they are set. */
const OPEN = new Set<string>([
  'name',
  'transport',
  'authType',
  'signingAlgorithm',
  ...COSMETIC_FIELDS,
]);

/** A definition without its secrets. */
export function shownOf(definition: Definition): Readonly<Record<string, unknown>> {
  const shown = Object.entries(definition).map(([field, value]) => {
    if (OPEN.has(field)) return [field, value];
    if (field === 'url') return [field, definition.url.replace(/[?#].*$/, '?…')];
    return [field, typeof value === 'object' && value ? Object.keys(value) : Boolean(value)];
  });
  return Object.fromEntries(shown) as Readonly<Record<string, unknown>>;
}

/** A partial change: only the fields that are given; the name stays. */
export const changeSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(shape).map(([field, schema]) => {
      const given: z.ZodType = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
      return [field, given.optional()];
    }),
  ),
);

export type Change = z.infer<typeof changeSchema>;

/** The names of the fields in which two definitions differ. */
export function changedFields(before: Definition, after: Definition): readonly string[] {
  const names = Object.keys(definitionSchema.shape) as (keyof Definition)[];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** The same headers on every request, flat: name, value, name, value. An OAuth token is none of them. */
export function headersOf(definition: Definition): readonly string[] {
  const flat = Object.entries(definition.headers).flat();
  const value = definition.authValue;
  switch (definition.authType) {
    case 'none':
    case 'oauth':
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

/** Everything that these upstreams make the gateway talk to. */
export function urlsOf(definitions: readonly Definition[]): readonly string[] {
  return definitions
    .flatMap(({ oauth, url }) => (oauth ? [url, oauth.tokenEndpoint] : [url]))
    .filter((url) => url !== '');
}

/** Path and query of the endpoint, or of another URL there that needs the same query parameters. */
export function targetOf(definition: Definition, at: string | URL = definition.url): string {
  const url = new URL(at);
  for (const [name, value] of Object.entries(definition.queryParameters)) {
    url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}
