import { expect, it } from 'vitest';
import { LineDecoder } from './line-decoder.ts';

function linesOf(chunks: readonly string[], maxBytes = 100): string[] {
  const lines: string[] = [];
  const decoder = new LineDecoder((line) => lines.push(line.toString()), maxBytes);
  for (const chunk of chunks) decoder.push(Buffer.from(chunk));
  return lines;
}

it('finds lines wherever the chunks are cut, and leaves out empty ones', () => {
  const text = 'one\n\ntwo\r\n\r\nthrée\n{"a":"b\\n"}\nunfinished';
  const lines = ['one', 'two', 'thrée', '{"a":"b\\n"}'];
  expect(linesOf([text])).toEqual(lines);
  for (let at = 0; at <= text.length; at += 1) {
    expect(linesOf([text.slice(0, at), text.slice(at)])).toEqual(lines);
  }
});

it('bounds one line, not their sum', () => {
  expect(linesOf(['12345\n12345\n', '123', '45\n'], 5)).toHaveLength(3);
  expect(() => linesOf(['123', '456'], 5)).toThrow(RangeError);
});
