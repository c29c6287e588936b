/**
 * A tool in a container, for machines that have Docker and no Go. It gets the machine's own network, because every
 * address of a run is on loopback, and the caller's user, because it writes into the caller's folders.
 *
 * testcontainers is loaded only here: it costs a third of a second that no other run should pay.
 */

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { StartupCheckStrategy } from 'testcontainers';
import { OwnError } from '../errors.ts';
import { within } from '../lifecycle/deadline.ts';
import type { RunningTool, ToolExit, ToolStartOptions } from './found-tool.ts';
import type { PinnedTool } from './pinned-tool.ts';

const ASK_WITHIN_MS = 20_000;
const PULL_WITHIN_MS = 180_000;
const FORCE_AFTER_MS = 5_000;
/** Between the last byte of a container's log and Docker's word that it ended. */
const LOG_END_WITHIN_MS = 5_000;

export type ContainerAnswer =
  | {
      readonly image: string;
      readonly start: (args: readonly string[], options?: ToolStartOptions) => Promise<RunningTool>;
    }
  /** Why there is none. */
  | { readonly failure: string };

export interface ContainerOptions {
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The pinned image, pulled if it is not on this machine, and asked for its version. Never rejects but for `signal`. */
export async function findContainer(
  tool: PinnedTool,
  { progress, signal }: ContainerOptions,
): Promise<ContainerAnswer> {
  const image = process.env[tool.imageVariable] || tool.image;
  try {
    const { getContainerRuntimeClient, ImageName } = await import('testcontainers');
    const client = await within(ASK_WITHIN_MS, 'Docker', getContainerRuntimeClient(), signal);
    const name = ImageName.fromString(image);
    if (!(await within(ASK_WITHIN_MS, 'Docker', client.image.exists(name), signal))) {
      progress(`pulling ${image}`);
      await within(PULL_WITHIN_MS, `the pull of ${image}`, client.image.pull(name), signal);
    }
    const lines: string[] = [];
    await using asked = await startContainer(image, tool.versionArguments, {
      onLine: (line) => lines.push(line),
    });
    await within(ASK_WITHIN_MS, `${image} to say its version`, asked.exited, signal);
    const version = tool.versionPattern.exec(lines.join('\n'))?.[1];
    if (version !== tool.version) {
      return { failure: `${image} holds ${tool.name} ${version ?? 'of no known version'}` };
    }
    return { image, start: (args, options) => startContainer(image, args, options) };
  } catch (error) {
    signal?.throwIfAborted();
    return { failure: (error as Error).message };
  }
}

async function startContainer(
  image: string,
  args: readonly string[],
  options: ToolStartOptions = {},
): Promise<RunningTool> {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const logEnded = Promise.withResolvers<void>();
  const container = new GenericContainer(image)
    .withCommand([...args])
    .withNetworkMode('host')
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withEnvironment({ ...options.env })
    .withBindMounts(
      (options.folders ?? []).map((folder) => ({ source: folder, target: folder, mode: 'rw' })),
    )
    // Its owner is whoever holds the RunningTool; a reaper would be one more image to pull.
    .withAutoCleanup(false)
    .withLogConsumer((stream) => followLog(stream, options.onLine, logEnded.resolve))
    .withWaitStrategy(await startedIsEnough());
  const started = await container.start().catch((error: unknown) => {
    throw new OwnError(`a container of ${image} cannot be started: ${(error as Error).message}`, {
      cause: error,
    });
  });
  const client = await getContainerRuntimeClient();
  const handle = client.container.getById(started.getId());
  const pid = (await handle.inspect()).State.Pid;
  const exited = (handle.wait() as Promise<{ StatusCode: number }>).then(
    async ({ StatusCode: code }): Promise<ToolExit> => {
      await within(LOG_END_WITHIN_MS, `the end of the log of ${image}`, logEnded.promise);
      return { code, signal: null };
    },
  );
  const stop = async (forceAfterMs = FORCE_AFTER_MS): Promise<ToolExit> => {
    await handle.kill({ signal: 'SIGINT' }).catch(() => undefined);
    await within(forceAfterMs, `${image} to stop`, exited).catch(() => undefined);
    await started.stop({ timeout: 1, remove: false });
    const exit = await exited;
    await handle.remove({ force: true, v: true });
    return exit;
  };
  let stopping: Promise<ToolExit> | undefined;
  const stopOnce = (forceAfterMs?: number): Promise<ToolExit> => (stopping ??= stop(forceAfterMs));
  return {
    pid,
    exited,
    stop: stopOnce,
    [Symbol.asyncDispose]: async () => void (await stopOnce()),
  };
}

function followLog(stream: Readable, onLine: ToolStartOptions['onLine'], onEnd: () => void): void {
  createInterface({ input: stream })
    .on('line', (line) => onLine?.(line))
    .once('close', onEnd);
}

/** What "ready" means is the caller's business, as with a program of this machine. */
async function startedIsEnough(): Promise<StartupCheckStrategy> {
  const { StartupCheckStrategy: Strategy } = await import('testcontainers');
  return new (class extends Strategy {
    override checkStartupState(): Promise<'SUCCESS'> {
      return Promise.resolve('SUCCESS');
    }
  })();
}
