import { expect, test } from 'vitest';
import { redactorOf } from './redact.ts';

const redactor = redactorOf(['Bearer s3cr3t-token', 'pa"ss wörd', 'abc']);

test('takes a given value out wherever it stands, with and without its scheme', () => {
  expect(redactor.text('curl -H "X: Bearer s3cr3t-token" # s3cr3t-token')).not.toContain('s3cr3t');
});

test('takes out the spellings of a URL and of JSON', () => {
  const text = `?p=${encodeURIComponent('pa"ss wörd')} ${JSON.stringify({ p: 'pa"ss wörd' })}`;
  expect(redactor.text(text)).toBe('?p=[redacted] {"p":"[redacted]"}');
});

test('leaves values alone that are too short to tell from text', () => {
  expect(redactor.text('abc stays')).toBe('abc stays');
});

test.each([
  ['a header line', 'Authorization: Basic dXNlcjpwdw==\nAccept: */*', 'dXNlc'],
  ['JSON', '{"authorization":"Digest a=\\"q1w2e3\\"","accept":"x"}', 'q1w2e3'],
  ['JSON inside JSON', JSON.stringify('{"Cookie":"sid=q1w2e3"}'), 'q1w2e3'],
  ['a Python dict', "{'authorization': 'Bearer q1w2e3r4'}", 'q1w2e3r4'],
  ['a token on its own', 'sent Bearer eyJhbGciOi.q1w2e3r4', 'q1w2e3r4'],
  ['an API key', 'x-api-key=q1w2e3r4', 'q1w2e3r4'],
  ['a session header', 'mcp-session-id: q1w2e3r4', 'q1w2e3r4'],
  ['a session in JSON', '{"Mcp-Session-Id":"q1w2e3r4"}', 'q1w2e3r4'],
])('takes credentials out of %s that nobody named', (_, text, secret) => {
  expect(text).toContain(secret);
  expect(redactorOf([]).text(text)).not.toContain(secret);
});

test('keeps JSON text parseable', () => {
  const value = {
    authorization: null,
    'mcp-session-id': 7,
    nested: { cookie: 'a=1; b="2"', text: '{"authorization":"x\\"y"}' },
    next: 'stays',
  };
  const redacted = JSON.parse(redactorOf([]).text(JSON.stringify(value))) as typeof value;
  expect(redacted.next).toBe('stays');
  expect(redacted.authorization).toBeNull();
  expect(redacted.nested.cookie).toBe('[redacted]');
});

test('tells two sessions apart, the same way in text and in values, and only once', () => {
  const none = redactorOf([]);
  const inValue = none.value({ 'Mcp-Session-Id': 'one' })['Mcp-Session-Id'];
  expect(inValue).toMatch(/^\[session [0-9a-f]{8}\]$/);
  expect(none.text('mcp-session-id: one')).toBe(`mcp-session-id: ${inValue}`);
  expect(none.text('mcp-session-id: two')).not.toContain(inValue);
  expect(none.text(`mcp-session-id: ${inValue}`)).toBe(`mcp-session-id: ${inValue}`);
});

test('redacts values deeply and returns a copy', () => {
  const value = { list: [{ Authorization: 'x' }, 'Bearer s3cr3t-token'], count: 3, none: null };
  expect(redactor.value(value)).toEqual({
    list: [{ Authorization: '[redacted]' }, '[redacted]'],
    count: 3,
    none: null,
  });
  expect(value.list[0]).toEqual({ Authorization: 'x' });
});

test('takes out what was added to its set later', () => {
  const secrets = new Set<string>();
  const growing = redactorOf(secrets);
  expect(growing.text('late-secret')).toBe('late-secret');
  secrets.add('late-secret');
  expect(growing.text('late-secret')).toBe('[redacted]');
});
