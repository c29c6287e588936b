import { array, assert, constantFrom, dictionary, jsonValue, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elements, locate, splice } from './scan.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const at = (text: string, path: readonly string[]): string | undefined => {
  const range = locate(bytes(text), path);
  return range && bytes(text).toString('utf8', range.start, range.end);
};

describe('locate', () => {
  it('finds the bytes of a value, not its parsed form', () => {
    expect(at('{"a":{"b": 9007199254740993 }}', ['a', 'b'])).toBe('9007199254740993');
    expect(at(' { "x":[{"a":1}], "a" : "é\\"}" }', ['a'])).toBe('"é\\"}"');
    expect(at('{"a":[1,{"b":2}]}', ['a', 'b'])).toBeUndefined();
    expect(at('{}', ['a'])).toBeUndefined();
  });

  it('takes the last of duplicate keys, escaped ones among them, as JSON.parse does', () => {
    expect(at('{"a":1,"\\u0061":2}', ['a'])).toBe('2');
    expect(at('{"p":{"n":"x"},"p":{"n":"y"}}', ['p', 'n'])).toBe('"y"');
    expect(at('{"p":{"n":"x"},"p":1}', ['p', 'n'])).toBeUndefined();
  });

  it('agrees with JSON.parse on any object, however it is laid out', () => {
    const layout = constantFrom(undefined, 1, '\t', '\r\n');
    assert(
      property(dictionary(string(), jsonValue()), layout, (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        for (const key of Object.keys(value)) {
          const found = at(text, [key]);
          expect(JSON.parse(found ?? 'null')).toEqual(JSON.parse(text)[key]);
        }
      }),
    );
  });
});

it('elements agrees with JSON.parse on any array', () => {
  assert(
    property(array(jsonValue()), constantFrom(undefined, 2), (value, space) => {
      const text = bytes(JSON.stringify({ list: value }, undefined, space));
      const list = elements(text, locate(text, ['list']) ?? { start: 0, end: 0 });
      const parsed = list.map(({ start, end }) => JSON.parse(text.toString('utf8', start, end)));
      expect(parsed).toEqual(JSON.parse(text.toString()).list);
    }),
  );
});

it('splice exchanges one range and leaves every other byte', () => {
  const text = bytes('{"id":1,"x":"ü"}');
  const range = locate(text, ['id']) ?? { start: 0, end: 0 };
  expect(splice(text, range, '"long"').toString()).toBe('{"id":"long","x":"ü"}');
});
