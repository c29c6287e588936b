/** What the gateway can be told, from a YAML file, from flags, or both: flags win. */

import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { jwtSchema } from './downstream/jwt.ts';
import { isNetwork } from './networks.ts';
import { publicKeyOf, withFilesRead } from './pem-file.ts';
import { signatureProblem } from './upstream/certificates.ts';
import { definitionSchema, nameSchema } from './upstream/definition.ts';

/** A mistake of the operator, told in one sentence. */
export class ConfigError extends Error {}

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
  shutdownTimeoutMs: bound.default(5_000),
  /** 0: never. */
  idleProbeAfterMs: z.int().min(0).default(60_000),
  probeTimeoutMs: bound.default(5_000),
  sessionIdleMs: bound.default(30 * 60_000),
  /** What a client sees when an upstream lost its state. */
  sessionLoss: z.enum(['404', 'error', 'reinitialize-told']).default('404'),
  /** How long one upstream may take for its part of a merged list. */
  listTimeoutMs: bound.default(5_000),
  streams: streamsSchema.prefault({}),
  maxSessions: bound.default(10_000),
  maxSessionsPerUser: bound.optional(),
  maxConnections: bound.default(32_768),
  /** How long a client may take to send the headers of a request, and the whole of it. */
  headersTimeoutMs: bound.default(10_000),
  receiveTimeoutMs: bound.default(60_000),
  /** Child processes of one stdio upstream. */
  maxProcesses: bound.default(200),
  maxBodyBytes: bound.default(4 * 1024 * 1024),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export const configSchema = settingsSchema.superRefine(({ caSigningKey, upstreams }, context) => {
  for (const [index, upstream] of upstreams.entries()) {
    const { field, message } = signatureProblem(upstream, caSigningKey) ?? {};
    if (field === undefined) continue;
    context.addIssue({ code: 'custom', path: ['upstreams', index, field], message });
  }
});

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

/** Fails with one sentence that names the field, and its place where `placeOf` knows it. */
function validated(input: unknown, placeOf: (path: readonly PropertyKey[]) => string): Config {
  const outcome = configSchema.safeParse(input);
  if (!outcome.success) {
    const issue = outcome.error.issues[0];
    const path = issue?.path ?? [];
    const field = describe(path);
    throw new ConfigError(
      `${placeOf(path)}${field ? `${field}: ` : ''}${issue?.message ?? 'invalid'}`,
    );
  }
  const config = outcome.data;
  rejectTwice(
    'upstream',
    config.upstreams.map(({ name }) => name),
  );
  rejectTwice(
    'user',
    config.users.map(({ name }) => name),
  );
  rejectTwice(
    'token of user',
    config.users.map(({ token }) => token),
    config.users.map(({ name }) => name),
  );
  return config;
}

function rejectTwice(what: string, values: readonly string[], shown = values): void {
  const index = values.findIndex((value, at) => values.indexOf(value) !== at);
  if (index !== -1) throw new ConfigError(`${what} "${shown[index]}" is given twice`);
}

interface ConfigFile {
  readonly input: Readonly<Record<string, unknown>>;
  readonly placeOf: (path: readonly PropertyKey[]) => string;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The line of the innermost part of `path` that the file has. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function readConfigFile(file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new ConfigError(`${file}:${line}:${col}: ${error.message}`);
  }
  const input: unknown = document.toJS() ?? {};
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new ConfigError(`${file}:1: the file is not a map of settings`);
  }
  const placeOf = (path: readonly PropertyKey[]): string =>
    `${file}:${lineOf(document, lines, path)}: `;
  return { input: input as Readonly<Record<string, unknown>>, placeOf };
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
