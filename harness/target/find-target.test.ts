import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planFor } from './find-target.ts';

test.each([
  [{ target: 'nobody' }, /unknown target "nobody": there are .*reference/],
  [{ target: '../../etc/passwd' }, /unknown target/],
  [{ target: 'reference', command: 'x' }, /already says what to start/],
  [{ command: 'x' }, /--command needs --endpoint/],
  [{ endpoint: 'http://127.0.0.1:1/mcp' }, /needs --upstream-port/],
  [{ command: 'x', endpoint: 'y' }, /"y" is no URL/],
  [{ command: 'x', endpoint: 'http://y', headers: ['nonsense'] }, /"nonsense" is no header/],
  [{ command: 'x', endpoint: 'http://y', users: ['alice'] }, /"alice" is no user/],
  [{ command: "node 'x", endpoint: 'http://y' }, /an opening ' that is never closed/],
  [{ command: 'x $NOPE', endpoint: 'http://y' }, /unknown variable \$NOPE/],
  [{ command: 'x', endpoint: 'http://y/$NOPE' }, /unknown variable \$NOPE/],
  [{ endpoint: 'http://', upstreamPort: 4 }, /no URL/],
  [{ endpoint: 'http://127.0.0.1:4/mcp', upstreamPort: 4 }, /one port, where our own upstream/],
  [{ endpoint: 'http://localhost:4/mcp', upstreamPort: 4 }, /one port, where our own upstream/],
  [{ endpoint: 'http://[::1]:4/mcp', upstreamPort: 4 }, /one port, where our own upstream/],
  [{ upstreamPort: 4 }, /^--upstream-port says nothing about which gateway: give --endpoint/],
  [{ headers: ['X: y'] }, /^--header says nothing about which gateway/],
  [{ users: ['alice=X: y'] }, /^--user says nothing about which gateway/],
  [{ target: 'reference', upstreamPort: 4 }, /target reference is started by its own command/],
  [{ target: 'reference', users: ['alice=X: y'] }, /brings its own users \(alice, bob\)/],
])('refuses %j', async (choice, message) => {
  await expect(planFor(choice)).rejects.toThrow(message);
  await expect(planFor(choice)).rejects.toMatchObject({ exitCode: 64 });
});

test('a command is a target of its own, held to the default contract', async () => {
  const plan = await planFor({
    command: '$NODE build/my-gateway.js --port $PORT --upstream $UPSTREAM_URL',
    endpoint: 'http://127.0.0.1:$PORT/mcp',
    headers: ['X-Key: k'],
    users: ['alice=Authorization: Bearer a', 'bob=Authorization: Bearer b'],
  });
  expect(plan).toMatchObject({ name: 'my-gateway.js', users: ['alice', 'bob'], lanes: 1 });
  expect(plan.claims).toMatchObject({ declared: [], upstreams: 'one' });
  expect(plan.identity).toBe(
    '$NODE build/my-gateway.js --port $PORT --upstream $UPSTREAM_URL at http://127.0.0.1:$PORT/mcp',
  );
  expect(plan.secrets).toEqual(['k', 'Bearer a', 'a', 'Bearer b', 'b']);
});

test('a command that names its upstreams apart can serve several', async () => {
  const plan = await planFor({ command: 'gw $UPSTREAM_URL_LEFT', endpoint: 'http://x/$PORT' });
  expect(plan.claims.upstreams).toBe('many');
});

test('the reference gateway is what is tested when nothing else is said', async () => {
  const plan = await planFor({});
  expect(plan.name).toBe('reference');
  expect(plan.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(plan.users).toEqual(['alice', 'bob']);
});

test('whatever is written in a target file belongs to what the target is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'find-target-'));
  try {
    const target = join(folder, 'mine.yaml');
    const identities: string[] = [];
    for (const env of ['', 'env: { FLAG: "1" }\n', 'env: { FLAG: "1" }\n']) {
      await writeFile(target, `name: mine\ncommand: gw $PORT\nendpoint: http://x/$PORT\n${env}`);
      identities.push((await planFor({ target })).identity);
    }
    const [first, second, third] = identities;
    expect(first).toMatch(/^gw \$PORT at http:\/\/x\/\$PORT, target file [0-9a-f]{12}$/);
    expect(second).not.toBe(first);
    expect(third).toBe(second);
  } finally {
    await rm(folder, { recursive: true });
  }
});
