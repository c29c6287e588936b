import { expect, test } from 'vitest';
import { expand, expandCommand, variableName } from './variables.ts';

const variables = {
  values: { PORT: '4000', UPSTREAM_URL: 'http://127.0.0.1:5000/mcp', NAME: 'two words' },
  lists: { UPSTREAM_ARGUMENTS: ['--upstream', 'a=1'], NONE: [] },
};

test.each([
  ['http://127.0.0.1:$PORT/mcp', 'http://127.0.0.1:4000/mcp'],
  ['${PORT}0', '40000'],
  ['costs $$5', 'costs $5'],
  ['a $ alone', 'a $ alone'],
])('expands %j', (text, expected) => {
  expect(expand(text, variables)).toBe(expected);
});

test('falls back to the environment', () => {
  expect(expand('$HOME', variables)).toBe(process.env['HOME']);
});

test('names the known ones for an unknown one', () => {
  expect(() => expand('$PROT', variables)).toThrow(/unknown variable \$PROT .* \$PORT/);
});

test('keeps a value with a space one word, and quotes too', () => {
  expect(expandCommand(`gw --name $NAME --text "x y" '--p=$PORT'`, variables)).toEqual([
    'gw',
    '--name',
    'two words',
    '--text',
    'x y',
    '--p=4000',
  ]);
});

test('puts the words of a list in place of its variable', () => {
  expect(expandCommand('gw $UPSTREAM_ARGUMENTS $NONE end', variables)).toEqual([
    'gw',
    '--upstream',
    'a=1',
    'end',
  ]);
});

test('refuses an empty command', () => {
  expect(() => expandCommand('  ', variables)).toThrow(/empty/);
});

test.each([`node 'x`, `node "it's`, `node 'a' b"`])('refuses the open quote in %s', (command) => {
  expect(() => expandCommand(command, variables)).toThrow(/an opening ['"] that is never closed/);
});

test.each([
  ['counter', 'COUNTER'],
  ['left-one.x', 'LEFT_ONE_X'],
])('names the variable of %s', (name, expected) => {
  expect(variableName(name)).toBe(expected);
});
