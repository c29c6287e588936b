import { describe, expect, test } from 'vitest';
import { COUNTER_TOOLS } from '../fixture/counter-tools.ts';
import { findTool } from './tool-finder.ts';

const find = (listed: readonly string[], tool: string, upstream?: string): string | undefined =>
  findTool(listed, { tool, allTools: COUNTER_TOOLS, ...(upstream !== undefined && { upstream }) });

describe('with one upstream', () => {
  test.each([
    ['untouched', ['increment', 'slow_increment', 'get'], 'increment', 'increment'],
    [
      'prefixed',
      ['counter__increment', 'counter__slow_increment'],
      'increment',
      'counter__increment',
    ],
    [
      'dashed',
      ['counter-increment', 'counter-slow-increment'],
      'slow_increment',
      'counter-slow-increment',
    ],
    ['dotted', ['srv.increment', 'srv.get'], 'get', 'srv.get'],
    ['in capitals', ['Counter_Increment'], 'increment', 'Counter_Increment'],
  ])('finds the %s name', (_, listed, tool, name) => {
    expect(find(listed, tool)).toBe(name);
  });

  test('never takes slow_increment for increment', () => {
    expect(find(['slow_increment'], 'increment')).toBeUndefined();
    expect(find(['counter-slow-increment'], 'increment')).toBeUndefined();
  });

  test('never takes a name for a part of a word', () => {
    expect(find(['target', 'widget'], 'get')).toBeUndefined();
  });

  test('prefers the exact name', () => {
    expect(find(['other__get', 'get'], 'get')).toBe('get');
  });

  test('finds nothing when two fit', () => {
    expect(find(['a__get', 'b__get'], 'get')).toBeUndefined();
  });
});

describe('with several upstreams', () => {
  const listed = [
    'left__increment',
    'left__slow_increment',
    'right__increment',
    'right__slow_increment',
  ];

  test.each([
    ['left', 'increment', 'left__increment'],
    ['right', 'slow_increment', 'right__slow_increment'],
  ])('finds the tool of %s', (upstream, tool, name) => {
    expect(find(listed, tool, upstream)).toBe(name);
  });

  test('wants the upstream in front of the tool', () => {
    expect(find(['increment', 'right__increment'], 'increment', 'left')).toBeUndefined();
  });

  test('tells upstreams apart whose names overlap', () => {
    const overlapping = ['a__get', 'a_b__get'];
    expect(find(overlapping, 'get', 'a')).toBe('a__get');
    expect(find(overlapping, 'get', 'a-b')).toBe('a_b__get');
  });

  test('finds names with more in front', () => {
    expect(find(['vs1-left-get', 'vs1-right-get'], 'get', 'right')).toBe('vs1-right-get');
  });
});
