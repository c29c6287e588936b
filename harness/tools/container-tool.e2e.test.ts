/**
 * Toxiproxy and k6 in real containers, of images built here from the static programs that Go built: the official ones
 * cannot be pulled everywhere, and these are started in just the same way.
 */

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getContainerRuntimeClient } from 'testcontainers';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { until } from '../lifecycle/deadline.ts';
import { freePort, releasePort } from '../lifecycle/free-port.ts';
import { findContainer } from './container-tool.ts';
import { findTool } from './find-tool.ts';
import { PINNED_TOOLS, type ToolName } from './pinned-tool.ts';

const withoutDocker = await getContainerRuntimeClient().then(
  () => '',
  () => ' (not run: Docker does not answer on this machine)',
);
const quiet = { progress: (): void => undefined };
const imageName = (name: ToolName): string => `mcp-gauntlet-${name}-for-test:${process.pid}`;
const built: string[] = [];
let folder: string;

async function buildImage(name: ToolName): Promise<void> {
  const context = join(folder, name);
  const program = (await findTool(name)).path;
  await mkdir(context);
  await copyFile(program, join(context, name));
  const lines = ['FROM scratch', `COPY ${name} /${name}`, `ENTRYPOINT ["/${name}"]`, ''];
  await writeFile(join(context, 'Dockerfile'), lines.join('\n'));
  const { image } = await getContainerRuntimeClient();
  await image.build(context, { t: imageName(name) });
  built.push(imageName(name));
}

async function container(
  name: ToolName,
): Promise<Extract<Awaited<ReturnType<typeof findContainer>>, { image: string }>> {
  vi.stubEnv(PINNED_TOOLS[name].imageVariable, imageName(name));
  const found = await findContainer(PINNED_TOOLS[name], quiet);
  if ('failure' in found) throw new Error(found.failure);
  return found;
}

async function containersOf(image: string): Promise<number> {
  const { container: containers } = await getContainerRuntimeClient();
  const all = await containers.dockerode.listContainers({ all: true });
  return all.filter((one) => one.Image === image).length;
}

describe.skipIf(withoutDocker !== '')(`in a container${withoutDocker}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gauntlet-images-'));
    await buildImage('toxiproxy');
    await buildImage('k6');
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  afterAll(async () => {
    const { container: containers } = await getContainerRuntimeClient();
    for (const image of built) await containers.dockerode.getImage(image).remove();
    await rm(folder, { recursive: true, force: true });
  });

  test('Toxiproxy listens on the loopback of this machine, and nothing of it is left', async () => {
    const { start } = await container('toxiproxy');
    const port = await freePort();
    {
      await using running = await start(['-host', '127.0.0.1', '-port', String(port)]);
      expect(running.pid).toBeGreaterThan(0);
      const version = await until(10_000, 'Toxiproxy to answer', () =>
        fetch(`http://127.0.0.1:${port}/version`).then(
          (answer) => answer.text(),
          () => undefined,
        ),
      );
      expect(version).toContain(PINNED_TOOLS.toxiproxy.version);
    }
    releasePort(port);
    await expect(fetch(`http://127.0.0.1:${port}/version`)).rejects.toThrow('fetch failed');
    expect(await containersOf(imageName('toxiproxy'))).toBe(0);
  });

  test('k6 reads its script from our folder, writes into it, and its exit code arrives', async () => {
    const { start } = await container('k6');
    const shared = join(folder, 'shared');
    await mkdir(shared);
    const script = join(shared, 'script.ts');
    const summary = join(shared, 'summary.json');
    await writeFile(
      script,
      `export const options = { thresholds: { iterations: ['count>1'] } };
       const word: string = __ENV['WORD'] ?? '';
       export default function () { console.log('said ' + word); }`,
    );
    const lines: string[] = [];
    const args = ['run', '--no-usage-report', '--summary-export', summary, script];
    await using running = await start(args, {
      env: { WORD: 'hello' },
      folders: [shared],
      onLine: (line) => lines.push(line),
    });
    // One iteration misses the threshold, and k6 says so with 99.
    expect(await running.exited).toEqual({ code: 99, signal: null });
    expect(lines.join('\n')).toContain('said hello');
    expect(await readFile(summary, 'utf8')).toContain('iterations');
  });

  test('an image that holds something else is refused by what it says of itself', async () => {
    vi.stubEnv(PINNED_TOOLS.toxiproxy.imageVariable, imageName('k6'));
    expect(await findContainer(PINNED_TOOLS.toxiproxy, quiet)).toEqual({
      failure: `${imageName('k6')} holds toxiproxy of no known version`,
    });
    expect(await containersOf(imageName('k6'))).toBe(0);
  });

  test('an image that cannot be pulled is a reason, not an exception', async () => {
    vi.stubEnv(PINNED_TOOLS.k6.imageVariable, '127.0.0.1:9/none/k6:none');
    expect(await findContainer(PINNED_TOOLS.k6, quiet)).toHaveProperty('failure');
  });

  test('the search ends with the container where there is neither program nor Go', async () => {
    vi.stubEnv('PATH', '/nowhere');
    vi.stubEnv('MCP_GAUNTLET_CACHE', join(folder, 'no-cache'));
    vi.stubEnv(PINNED_TOOLS.toxiproxy.pathVariable, undefined);
    vi.stubEnv(PINNED_TOOLS.toxiproxy.imageVariable, imageName('toxiproxy'));
    expect(await findTool('toxiproxy')).toMatchObject({
      how: 'container',
      path: imageName('toxiproxy'),
      notes: ['not built: there is no go on PATH'],
    });
  });
});
