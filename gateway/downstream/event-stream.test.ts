import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createParser } from 'eventsource-parser';
import { expect, it, onTestFinished } from 'vitest';
import { EventStream } from './event-stream.ts';

/** The data of the one event that a client reads when this message is sent. */
async function received(message: string): Promise<readonly string[]> {
  const server = createServer((_request, response) => {
    const stream = EventStream.on(response);
    void stream.message(Buffer.from(message));
    stream.end();
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`);
  const data: string[] = [];
  const parser = createParser({ onEvent: (event) => data.push(event.data) });
  parser.feed(await response.text());
  return data;
}

it.each([
  ['none', '{"id":1,"result":{"a":"x"}}'],
  ['\\n', '{\n"id":1,\n"result":{}}'],
  ['\\r\\n', '{\r\n"id":1,\r\n"result":{}}'],
  ['\\r', '{\r"id":1,\r"result":{}}'],
  ['\\r in a large message', `{\r"id":1,"result":{"a":"${'x'.repeat(10_000)}"}}`],
])('carries a message whole, whatever its lines end with: %s', async (_, message) => {
  const events = await received(message);
  expect(events.map((data): unknown => JSON.parse(data))).toEqual([JSON.parse(message)]);
});
