import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError, configSchema, loadConfig, type ConfigInput } from './config.ts';
import { ConfigFile } from './testing/config-file.ts';

/** What is said of a file with that text, without the file's name. */
function saidOf(text: string, flags: ConfigInput = {}): string {
  using file = new ConfigFile({});
  file.writeText(text);
  try {
    loadConfig(file.path, flags);
    return 'nothing';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replace(file.path, '');
  }
}

const UPSTREAM = 'upstreams:\n  - name: one\n    url: http://localhost/mcp\n';
const SIGNED = 'jwt:\n  issuer: i\n  audience: a\n';

describe('a mistake in a file is told with its line and field', () => {
  it.each([
    ['a value', 'port: many', /^:1: port: .*expected number/],
    ['a value that begins on the next line', 'port: 1\nhost:\n  - a\n', /^:2: host: /],
    [
      'in a list',
      `${UPSTREAM}    tags:\n      - good\n      - 5\n`,
      /^:6: upstreams\[0\]\.tags\[1\]: /,
    ],
    [
      'in a list in brackets',
      'users: [{name: a, token: t},\n  {name: b, token: 5}]',
      /^:2: users\[1\]\.token: /,
    ],
    ['what is missing', `${UPSTREAM}  - url: http://localhost\n`, /^:4: upstreams\[1\]\.name: /],
    [
      'a kind of authentication',
      `${UPSTREAM}    authType: basic\n`,
      /^:2: upstreams\[0\]\.authValue: /,
    ],
    [
      'a setting that is none',
      'logLevel: info\nmax-session: 1',
      /^:2: max-session: there is no such setting, did you mean "maxSessions"\?$/,
    ],
    [
      'one of an upstream',
      `${UPSTREAM}    URL: x\n`,
      /^:4: upstreams\[0\]\.URL: .*did you mean "url"\?$/,
    ],
    [
      'one of another kind',
      `${SIGNED}  jwks_url: http://x\n`,
      /^:4: jwt\.jwks_url: .*"jwksUrl"\?$/,
    ],
    ['one that is like nothing', 'colour: blue', /^:1: colour: there is no such setting$/],
    ['a key twice', 'port: 1\nhost: a\nport: 2\n', /^:3:1: Map keys must be unique$/],
    ['a tab', 'admin:\n\tport: 1\n', /^:2:1: .*tab/i],
    ['what is not YAML', 'upstreams: [\n', /^:2:1: /],
    ['several documents', 'port: 1\n---\nport: 2\n', /^:2:\d: .*multiple documents/],
    ['no map', '- port: 1\n', /^:1: the file is not a map/],
    ['an alias of nothing', 'port: *a\n', /Unresolved alias.*a/],
    [
      'a name twice',
      `${UPSTREAM}  - name: one\n    url: http://x\n`,
      /^:4: upstreams\[1\]\.name: "one" is there already$/,
    ],
    [
      'a user twice',
      'users:\n- {name: a, token: x}\n- {name: a, token: y}\n',
      /^:3: users\[1\]\.name: "a" is/,
    ],
    [
      'a token twice',
      'users:\n- {name: a, token: canary}\n- {name: b, token: canary}\n',
      /^:3: users\[1\]\.token: the token of "b" is/,
    ],
    [
      'two kinds of key',
      `${SIGNED}  secret: ${'s'.repeat(32)}\n  jwksUrl: http://x\n`,
      /^:1: jwt: it needs either/,
    ],
    [
      'algorithms of another key',
      `${SIGNED}  secret: ${'s'.repeat(32)}\n  algorithms: [RS256]\n`,
      /^:5: jwt\.algorithms: /,
    ],
    [
      'a network',
      'trustedProxies:\n  - 10.0.0.0/8\n  - 10.0.0.1\n',
      /^:3: trustedProxies\[1\]: write it as/,
    ],
  ])('%s', (_, text, sentence) => {
    expect(saidOf(text)).toMatch(sentence);
    expect(saidOf(text)).not.toContain('canary');
  });
});

it('an empty file is a file of defaults, and flags win over any', () => {
  using file = new ConfigFile({});
  for (const text of ['', '# nothing\n', '{}']) {
    file.writeText(text);
    expect(loadConfig(file.path, {})).toEqual(configSchema.parse({}));
  }
  file.writeText('port: 1\nlogLevel: warn\n');
  expect(loadConfig(file.path, { port: 2 })).toMatchObject({ port: 2, logLevel: 'warn' });
});

it('takes 404 with and without quotes', () => {
  using file = new ConfigFile({});
  for (const text of ['sessionLoss: 404', "sessionLoss: '404'", 'sessionLoss: error']) {
    file.writeText(text);
    const expected = text.includes('404') ? '404' : 'error';
    expect(loadConfig(file.path, {}).sessionLoss).toBe(expected);
  }
  file.writeText('sessionLoss: 405');
  expect(() => loadConfig(file.path, {})).toThrow(/:1: sessionLoss: /);
});

describe('the example', () => {
  const path = fileURLToPath(new URL('config.example.yaml', import.meta.url));
  const text = readFileSync(path, 'utf8');
  // "# Prose" has one space, "#setting" none, what is below a setting more. Of a setting that stands
  // there twice, as it is by default and as it may be, the second counts.
  const full: unknown = parse(text.replaceAll(/^( *)#(?! \S)/gm, '$1'), { uniqueKeys: false });

  it('is a configuration, of defaults but for the upstream', () => {
    const { upstreams, ...rest } = loadConfig(path, {});
    expect(rest).toEqual(
      Object.fromEntries(
        Object.entries(configSchema.parse({})).filter(([name]) => name !== 'upstreams'),
      ),
    );
    const named = upstreams.map(({ name, url }) => ({ name, url }));
    expect(upstreams).toEqual(configSchema.parse({ upstreams: named }).upstreams);
  });

  /** Every object of the schema, and what the example has in its place. */
  function* objects(
    schema: unknown,
    value: unknown,
    at: string,
  ): Generator<[string, string[], string[]]> {
    if (schema instanceof z.ZodPipe) yield* objects(schema.out, value, at);
    else if (schema instanceof z.ZodArray)
      yield* objects(schema.element, (value as unknown[])[0], at);
    else if (schema instanceof z.ZodObject) {
      const given = value as Record<string, unknown>;
      yield [at, Object.keys(schema.shape).toSorted(), Object.keys(given).toSorted()];
      for (const [name, field] of Object.entries(schema.shape)) {
        yield* objects(field, given[name], `${at}.${name}`);
      }
    } else if (
      schema instanceof z.ZodOptional ||
      schema instanceof z.ZodNullable ||
      schema instanceof z.ZodDefault ||
      schema instanceof z.ZodPrefault
    ) {
      yield* objects(schema.unwrap(), value, at);
    }
  }

  it('has every setting there is, and no other', () => {
    const found = [...objects(configSchema, full, 'config')];
    expect(found.map(([at]) => at)).toEqual([
      'config',
      'config.upstreams',
      'config.upstreams.oauth',
      'config.users',
      'config.jwt',
      'config.admin',
      'config.streams',
    ]);
    for (const [at, known, given] of found) expect([at, given]).toEqual([at, known]);
  });
});
