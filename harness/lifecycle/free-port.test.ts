import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { freePort, isFree, releasePort } from './free-port.ts';

test('gives no port twice, and none that the kernel gives to outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
  expect(new Set(ports).size).toBe(20);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  ports.forEach(releasePort);
});

test('passes over a port that somebody listens on', async () => {
  const port = await freePort();
  const server = createServer();
  server.listen(port + 1, '127.0.0.1');
  await once(server, 'listening');
  expect(await isFree(port + 1)).toBe(false);
  expect(await freePort()).not.toBe(port + 1);
  server.close();
});
