/** What the gateway can be told, from a YAML file, from flags, or both: flags win. */

import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { readConfigFile } from './config-file.ts';
import { jwtSchema } from './downstream/jwt.ts';
import { nearestName } from './nearest-name.ts';
import { isNetwork } from './networks.ts';
import { publicKeyOf, withFilesRead } from './pem-file.ts';
import { signatureProblem } from './upstream/certificates.ts';
import { definitionSchema, nameSchema } from './upstream/definition.ts';

export { ConfigError } from './config-error.ts';

const port = z.int().min(0).max(65_535);
const networks = z
  .array(z.string().refine(isNetwork, 'write it as 10.1.0.0/16 or fd00::/8'))
  .default([]);
const bound = z.int().min(1).max(2_147_483_647);

const userSchema = z.strictObject({
  name: z.string().min(1).max(128),
  token: z.string().min(1).max(4096),
  upstreams: z.array(nameSchema).optional(),
});

/** Streams to clients: what is kept for those whose connection breaks, how long one may not read. */
const streamsSchema = z.strictObject({
  /** For one session. */
  maxEvents: bound.default(1_000),
  maxBytes: bound.default(4 * 1024 * 1024),
  /** For all sessions together. */
  maxTotalBytes: bound.default(64 * 1024 * 1024),
  keepMs: bound.default(60_000),
  stallMs: bound.default(30_000),
  keepAliveMs: bound.default(15_000),
});

const settingsSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** 0: any free port. */
  port: port.default(0),
  pathPrefix: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9._~-]+)*$/, 'write it as /one or /one/two')
    .default(''),
  /** Names that clients may use for this gateway in Host and Origin, besides loopback. */
  allowedHosts: z.array(z.string().min(1)).default([]),
  /** Where the proxies are whose X-Forwarded-Host and X-Forwarded-For are believed. */
  trustedProxies: networks,
  upstreams: z.array(z.preprocess(withFilesRead, definitionSchema)).default([]),
  /** Private networks in which upstreams may be that the admin API names. */
  allowedUpstreamNetworks: networks,
  /** Whose signature every upstream's caCertificate then needs; a public key in PEM. */
  caSigningKey: z.string().transform(publicKeyOf).optional(),
  users: z.array(userSchema).default([]),
  jwt: jwtSchema.optional(),
  /** The `jti` of JWTs that are valid no more. */
  revokedTokens: z.array(z.string().min(1)).default([]),
  admin: z
    .strictObject({
      port: port.default(0),
      token: z.string().min(1, 'it needs a token'),
      /** Whoever has the token may then run any command on this machine. */
      allowStdio: z.boolean().default(false),
    })
    .optional(),
  requestTimeoutMs: bound.default(60_000),
  /** Twice of it and a second are the 10 s in which the suite expects whoever claims nothing to be gone. */
  shutdownTimeoutMs: bound.default(4_500),
  /** 0: never. */
  idleProbeAfterMs: z.int().min(0).default(60_000),
  probeTimeoutMs: bound.default(5_000),
  sessionIdleMs: bound.default(30 * 60_000),
  /** What a client sees when an upstream lost its state. */
  sessionLoss: z
    // Unquoted in YAML, it is a number.
    .preprocess(
      (value) => (value === 404 ? '404' : value),
      z.enum(['404', 'error', 'reinitialize-told']),
    )
    .default('404'),
  /** How long one upstream may take for its part of a merged list. */
  listTimeoutMs: bound.default(5_000),
  streams: streamsSchema.prefault({}),
  maxSessions: bound.default(10_000),
  maxSessionsPerUser: bound.optional(),
  /** Gateways that a session may have passed before this one. */
  maxHops: z.int().min(0).max(9_998).default(4),
  maxConnections: bound.default(32_768),
  /** How long a client may take to send the headers of a request, and the whole of it. */
  headersTimeoutMs: bound.default(10_000),
  receiveTimeoutMs: bound.default(60_000),
  /** Child processes of one stdio upstream. */
  maxProcesses: bound.default(200),
  maxBodyBytes: bound.default(4 * 1024 * 1024),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export const configSchema = settingsSchema.superRefine((config, context) => {
  for (const { path, message } of contradictions(config)) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
});

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What makes no sense together. */
function* contradictions(config: z.infer<typeof settingsSchema>): Generator<Problem> {
  const { caSigningKey, upstreams, users } = config;
  for (const [index, upstream] of upstreams.entries()) {
    const { field, message } = signatureProblem(upstream, caSigningKey) ?? {};
    if (field !== undefined) yield { path: ['upstreams', index, field], message: message ?? '' };
  }
  yield* repeated('upstreams', 'name', upstreams, ({ name }) => `"${name}"`);
  yield* repeated('users', 'name', users, ({ name }) => `"${name}"`);
  // The token itself is shown nowhere.
  yield* repeated('users', 'token', users, ({ name }) => `the token of "${name}"`);
}

function* repeated<Field extends string, Item extends Readonly<Record<Field, string>>>(
  list: string,
  field: Field,
  items: readonly Item[],
  shown: (item: Item) => string,
): Generator<Problem> {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (seen.has(item[field])) {
      yield { path: [list, index, field], message: `${shown(item)} is there already` };
    }
    seen.add(item[field]);
  }
}

export type Config = z.infer<typeof configSchema>;
/** As an operator writes it: nothing is required. */
export type ConfigInput = z.input<typeof configSchema>;

function describe(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key),
    '',
  );
}

/** The names that an object of the schema has at that place. */
function namesAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodPipe) return namesAt(schema.out, path);
  if (schema instanceof z.ZodArray) return namesAt(schema.element, path.slice(1));
  if (schema instanceof z.ZodObject) {
    const [name, ...rest] = path;
    const shape = schema.shape as Readonly<Record<PropertyKey, unknown>>;
    return name === undefined ? Object.keys(shape) : namesAt(shape[name], rest);
  }
  const wrapper = schema as { unwrap?: () => unknown } | undefined;
  return wrapper?.unwrap === undefined ? [] : namesAt(wrapper.unwrap(), path);
}

function problemOf(issue: z.core.$ZodIssue | undefined): Problem {
  if (issue?.code !== 'unrecognized_keys') {
    return { path: issue?.path ?? [], message: issue?.message ?? 'invalid' };
  }
  const [name = ''] = issue.keys;
  const nearest = nearestName(name, namesAt(configSchema, issue.path));
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  return { path: [...issue.path, name], message: `there is no such setting${hint}` };
}

/** Fails with one sentence that names the field, and its place where `placeOf` knows it. */
function validated(input: unknown, placeOf: (path: readonly PropertyKey[]) => string): Config {
  const outcome = configSchema.safeParse(input);
  if (outcome.success) return outcome.data;
  const { path, message } = problemOf(outcome.error.issues[0]);
  const field = describe(path);
  throw new ConfigError(`${placeOf(path)}${field ? `${field}: ` : ''}${message}`);
}

/**
 * The configuration out of a file, if there is one, and what the flags say.
 * @throws ConfigError
 */
export function loadConfig(file: string | undefined, flags: ConfigInput): Config {
  if (file === undefined) return validated(flags, () => '');
  const { input, placeOf } = readConfigFile(file);
  validated(input, placeOf);
  return validated({ ...input, ...flags }, () => '');
}
