import { describe, expect, it } from 'vitest';
import {
  changeSchema,
  changedFields,
  CONNECT_FIELDS,
  COSMETIC_FIELDS,
  definitionSchema,
  headersOf,
  targetOf,
  type Definition,
} from './definition.ts';

const minimal = { name: 'one', url: 'http://host:1/mcp?a=1' };
const define = (more: object = {}): Definition => definitionSchema.parse({ ...minimal, ...more });

describe('the fields of an upstream', () => {
  it('are each its name, or decide the connection, or do not: a new one cannot be forgotten', () => {
    const connect = CONNECT_FIELDS.flatMap(({ fields }) => [...fields]);
    const known = ['name', ...connect, ...COSMETIC_FIELDS];
    expect(Object.keys(definitionSchema.shape).sort()).toEqual(known.sort());
    expect(Object.keys(changeSchema.shape).sort()).toEqual(
      known.filter((name) => name !== 'name').sort(),
    );
  });

  it('name eleven things that decide a connection', () => {
    expect(CONNECT_FIELDS).toHaveLength(11);
  });

  it('are compared by value', () => {
    const before = define({ tags: ['a'], headers: { 'X-A': '1' } });
    expect(changedFields(before, define({ tags: ['a'], headers: { 'x-a': '1' } }))).toEqual([]);
    expect(changedFields(before, define({ tags: ['b'] }))).toEqual(['headers', 'tags']);
  });
});

describe('authentication', () => {
  it.each([
    [{ authType: 'bearer', authValue: 't' }, ['authorization', 'Bearer t']],
    [{ authType: 'basic', authValue: 'u:p' }, ['authorization', 'Basic dTpw']],
    [{ authType: 'header', authValue: 'X-Key: k' }, ['x-key', 'k']],
    [{ headers: { 'X-A': '1' } }, ['x-a', '1']],
    [{}, []],
  ])('%j becomes %j', (given, headers) => {
    expect(headersOf(define(given))).toEqual(headers);
  });

  it('can be in the query', () => {
    expect(targetOf(define({ queryParameters: { key: 'a b' } }))).toBe('/mcp?a=1&key=a+b');
  });

  it.each([
    { authType: 'bearer' },
    { authValue: 't' },
    { authType: 'header', authValue: 'no colon' },
    { headers: { 'mcp-session-id': 'x' } },
    { headers: { 'x-a': 'line\r\nbreak' } },
    { passthroughHeaders: ['Content-Length'] },
    { surprise: {} },
  ])('is refused as %j', (given) => {
    expect(definitionSchema.safeParse({ ...minimal, ...given }).success).toBe(false);
  });
});

it.each(['a', 'a-b', 'a_b', 'A1'])('an upstream may be called %s', (name) => {
  expect(define({ name }).name).toBe(name);
});

it.each(['', 'a__b', '_a', 'a_', 'a/b', 'a b', 'é'])(
  'an upstream may not be called "%s"',
  (name) => {
    expect(definitionSchema.safeParse({ ...minimal, name }).success).toBe(false);
  },
);
