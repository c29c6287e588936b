/** Reads a target file: YAML, every error with its line and field. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { plainComplaint } from '../plain-complaint.ts';
import { DEFAULT_CLAIMS, type ClaimName, type Claims } from './claims.ts';
import { loadTargetModule } from './load-target-module.ts';
import { DEFAULT_START_TIMEOUT_MS, type TargetSpec } from './target-spec.ts';

const texts = z.record(z.string(), z.string());
const milliseconds = z.int().positive();

const claimsSchema = z.strictObject({
  sessions: z.enum(['per-client', 'shared', 'stateless']),
  upstreams: z.enum(['one', 'many']),
  transports: z.array(z.enum(['streamable-http', 'sse'])).min(1),
  revisions: z.array(z.string()).min(1),
  replay: z.enum(['never', 'may']),
  loss: z.enum(['told', 'silent']),
  shutdownMs: milliseconds,
  requestTimeoutMs: milliseconds,
  getWithoutSession: z.preprocess((value) => (value === 405 ? '405' : value), z.literal('405')),
  pathPrefix: z.boolean(),
  idleProbe: z.boolean(),
  cancellation: z.boolean(),
  admin: z.boolean(),
  users: z.int().positive(),
});

const fileSchema = z.strictObject({
  name: z.string().min(1),
  // Unquoted, 1.10 would be the number 1.1.
  version: z.string().default('unknown'),
  command: z.string().min(1).optional(),
  env: z.record(z.string(), z.coerce.string()).default({}),
  cwd: z.string().optional(),
  endpoint: z.string().min(1),
  headers: texts.default({}),
  users: z.record(z.string(), z.strictObject({ headers: texts })).default({}),
  claims: claimsSchema.partial().default({}),
  startTimeoutMs: milliseconds.default(DEFAULT_START_TIMEOUT_MS),
  lanes: z.int().positive().default(1),
  module: z.string().optional(),
  upstreamArguments: z.string().optional(),
  pathPrefixArguments: z.string().optional(),
  idleProbeArguments: z.string().optional(),
  upstreamPort: z.int().min(1).max(65_535).optional(),
  variables: texts.default({}),
});

const DIGEST_LENGTH = 12;

/** @throws {UsageError} with file, line and field. */
export async function readTargetFile(path: string): Promise<TargetSpec> {
  const text = await read(path);
  const fields = parseTargetFile(path, text);
  const { module, claims, cwd, ...rest } = fields;
  const folder = dirname(resolve(path));
  return {
    ...defined(rest),
    env: rest.env,
    headers: rest.headers,
    users: rest.users,
    name: rest.name,
    version: rest.version,
    endpoint: rest.endpoint,
    startTimeoutMs: rest.startTimeoutMs,
    lanes: rest.lanes,
    variables: rest.variables,
    folder,
    fileDigest: createHash('sha256').update(text).digest('hex').slice(0, DIGEST_LENGTH),
    claims: claimsOf(defined(claims)),
    // A relative command or folder is relative to the file that names it.
    cwd:
      cwd === undefined
        ? folder
        : cwd.startsWith('$') || isAbsolute(cwd)
          ? cwd
          : resolve(folder, cwd),
    ...(module !== undefined && { module: await loadTargetModule(resolve(folder, module)) }),
  };
}

/** Exported for its tests. */
export function parseTargetFile(path: string, text: string): z.infer<typeof fileSchema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    throw new UsageError(`${path}:${line}: not YAML: ${broken.message}`);
  }
  if (document.contents === null) {
    throw new UsageError(`${path}:1: the file is empty: give it at least a name and an endpoint`);
  }
  const parsed = fileSchema.safeParse(contentOf(document, path), { error: plainComplaint });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const fieldPath = pathOf(issue);
  const where = lineOf(document, lines, fieldPath);
  const field = fieldPath.join('.');
  throw new UsageError(`${path}:${where}: ${field === '' ? '' : `${field}: `}${issue?.message}`);
}

/** @throws {UsageError} for an alias of nothing, which is found out here only. */
function contentOf(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new UsageError(`${path}: not YAML: ${(cause as Error).message}`, { cause });
  }
}

/** An unknown field is named by the issue beside its path. */
function pathOf(issue: z.core.$ZodIssue | undefined): readonly PropertyKey[] {
  if (issue?.code !== 'unrecognized_keys') return issue?.path ?? [];
  return [...issue.path, ...issue.keys.slice(0, 1)];
}

/** The line of the innermost part of `path` that exists. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`the target file ${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Without the fields that are undefined: an optional field is absent here, never undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function claimsOf(stated: Partial<Claims>): Claims {
  return { ...DEFAULT_CLAIMS, ...stated, declared: Object.keys(stated) as ClaimName[] };
}
