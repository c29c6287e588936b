/**
 * Takes secrets out of everything that is written or printed.
 *
 * Two kinds: values that the caller says are secret, wherever they appear, and the values of headers
 * that carry credentials by their nature. An Mcp-Session-Id is replaced by a digest, because a
 * reader has to tell two sessions apart, and nobody may be able to use either.
 *
 * Data stays what it is: a secret is taken out of strings before they are serialised, never out of
 * JSON, and never out of a string that as a whole is a name that the suite itself gave.
 */

import { createHash } from 'node:crypto';
import { isTold } from './own-names.ts';

export interface Redactor {
  /** One string; anything that looks like a credential header inside it is covered too. */
  text(text: string): string;
  /**
   * Every string inside a JSON-like value, in what a target wrote the keys too. A part that holds
   * nothing to hide comes back as it is, not as a copy.
   * @param names strings that are left as they are: see `ownNames`.
   */
  value<T>(value: T, names?: ReadonlySet<string>): T;
}

const MARK = '[redacted]';
/** Shorter ones cannot be told from ordinary text: redacting "a" would destroy every report. */
const SECRET_LENGTH_MIN = 4;

const CREDENTIAL_NAMES =
  'authorization|proxy-authorization|www-authenticate|cookie|set-cookie|(?:x-)?api-key|x-auth-token|x-access-token';
const SESSION_NAMES = 'mcp-session-id';
const CREDENTIAL_KEY = new RegExp(`^(?:${CREDENTIAL_NAMES})$`, 'i');
const SESSION_KEY = new RegExp(`^${SESSION_NAMES}$`, 'i');
const CREDENTIAL_IN_TEXT = headerPattern(CREDENTIAL_NAMES, `[^\\r\\n"']+`);
const SESSION_IN_TEXT = headerPattern(SESSION_NAMES, `[^\\s,;}"'\\\\]+`);
const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/-]{4,}=*/g;

/** @param secrets values that must not appear anywhere: header values, tokens, passwords. A set may still grow. */
export function redactorOf(secrets: ReadonlySet<string> | readonly string[]): Redactor {
  let known: readonly string[] = [];
  let count = 0;
  const text = (input: string): string => {
    const values = [...secrets];
    if (values.length !== count) [known, count] = [spellings(values), values.length];
    const withoutKnown = known.reduce((rest, secret) => rest.replaceAll(secret, MARK), input);
    const withoutSessions = replaceHeader(withoutKnown, SESSION_IN_TEXT, sessionMark);
    const withoutHeaders = replaceHeader(withoutSessions, CREDENTIAL_IN_TEXT, () => MARK);
    return withoutHeaders.replace(BEARER, (_, scheme: string) => `${scheme} ${MARK}`);
  };
  return { text, value: (value, names) => redactValue(value, text, names ?? NO_NAMES) };
}

const NO_NAMES: ReadonlySet<string> = new Set();

function redactValue<T>(value: T, text: (input: string) => string, names: ReadonlySet<string>): T {
  const clean = (input: string): string => (names.has(input) ? input : text(input));
  const visit = (node: unknown, key: string, isForeign: boolean): unknown => {
    if (typeof node === 'string') {
      if (CREDENTIAL_KEY.test(key)) return MARK;
      if (SESSION_KEY.test(key)) return sessionMark(node);
      return clean(node);
    }
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) {
      const items: readonly unknown[] = node;
      const cleaned = items.map((item) => visit(item, key, isForeign));
      return cleaned.some((item, index) => item !== items[index]) ? cleaned : node;
    }
    const entries = Object.entries(node);
    const cleaned = entries.map(
      ([name, inner]) =>
        [isForeign ? clean(name) : name, visit(inner, name, isForeign || isTold(name))] as const,
    );
    const isSame = cleaned.every(
      ([name, inner], index) => name === entries[index]?.[0] && inner === entries[index][1],
    );
    return isSame ? node : Object.fromEntries(cleaned);
  };
  return visit(value, '', false) as T;
}

/**
 * `name: value` as in a header block, a log line, JSON, or JSON inside JSON. Groups: name, the quote
 * that closes it, separator, the quote that opens the value, the quoted value, the bare value.
 */
function headerPattern(names: string, bare: string): RegExp {
  return new RegExp(
    `\\b(${names})(\\\\?["'])?(\\s*[:=]\\s*)(?:(\\\\?["'])((?:(?!\\4)(?:\\\\.|.))*)|(${bare}))`,
    'gi',
  );
}

function replaceHeader(input: string, pattern: RegExp, mark: (value: string) => string): string {
  return input.replace(
    pattern,
    (
      whole: string,
      name: string,
      closing: string | undefined,
      separator: string,
      opening: string | undefined,
      quoted: string | undefined,
      bare: string | undefined,
    ) => {
      // A quoted name with a bare value is JSON's null or a number: no secret, and a mark would break the JSON.
      if (closing !== undefined && opening === undefined) return whole;
      return `${name}${closing ?? ''}${separator}${opening ?? ''}${mark(quoted ?? bare ?? '')}`;
    },
  );
}

function sessionMark(id: string): string {
  if (id.startsWith('[')) return id;
  return `[session ${createHash('sha256').update(id).digest('hex').slice(0, 8)}]`;
}

/** A secret as it is, without its scheme ("Bearer "), and as a URL or JSON would spell it; longest first. */
function spellings(secrets: readonly string[]): readonly string[] {
  const all = secrets
    .flatMap((secret) => [secret, secret.replace(/^\S+\s+/, '')])
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret.length >= SECRET_LENGTH_MIN);
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}
