/** A contender that listens, on the core where it is measured. */

import { OwnError } from '../../harness/errors.ts';
import { until } from '../../harness/lifecycle/deadline.ts';
import { freePort, releasePort } from '../../harness/lifecycle/free-port.ts';
import { OwnedProcess } from '../../harness/lifecycle/owned-process.ts';
import { tcpProbe } from '../../harness/lifecycle/tcp-probe.ts';
import { programFile } from '../../harness/paths.ts';
import type { Command, Contender } from './contenders.ts';
import type { Cores } from './cores.ts';
import { residentBytes } from './processor-time.ts';
import type { SystemTools } from './system-tool.ts';

export interface Bench {
  readonly cores: Cores;
  readonly tools: SystemTools;
  /** For files that nobody needs afterwards. */
  readonly folder: string;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  progress(line: string): void;
}

/** What a process holds after a forced garbage collection, in bytes. */
export interface Weight {
  readonly resident: number;
  /** JavaScript objects and the buffers they hold; 0 where there is no JavaScript. */
  readonly heap: number;
}

const READY_MS = 20_000;
const STOP_MS = 10_000;
const COLLECT_MS = 20_000;

export class RunningContender implements AsyncDisposable {
  readonly contender: Contender;
  readonly url: string;
  readonly process: OwnedProcess | undefined;
  readonly #port: number;
  #collections = 0;

  private constructor(contender: Contender, port: number, process: OwnedProcess | undefined) {
    this.contender = contender;
    this.process = process;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}/mcp`;
  }

  /** @throws {OwnError} when it does not listen in time, with the end of its log. */
  static async start(
    contender: Contender,
    upstream: string,
    bench: Bench,
    nodeFlags: readonly string[] = [],
  ): Promise<RunningContender> {
    const { folder, tools } = bench;
    const port = await freePort();
    const launch = { port, upstream, folder, nginx: tools.nginx.path, nodeFlags };
    const command = await contender.command?.(launch);
    if (command === undefined) {
      return new RunningContender(contender, Number(new URL(upstream).port), undefined);
    }
    const process = await listening(contender.name, command, port, bench.cores.gateway, bench);
    return new RunningContender(contender, port, process);
  }

  /** Started with `COLLECTING`: collects garbage and tells what is left. */
  async weigh(): Promise<Weight> {
    if (this.process === undefined) throw new OwnError('there is no gateway to weigh');
    if (!this.contender.isNode) {
      return { resident: await residentBytes(this.process.pid), heap: 0 };
    }
    const number = ++this.#collections;
    this.process.signal('SIGUSR2');
    return this.process.line(COLLECT_MS, 'a garbage collection', (line) => {
      if (!line.startsWith(`collected ${number} `)) return undefined;
      const [resident = 0, heap = 0] = line.split(' ').slice(2).map(Number);
      return { resident, heap };
    });
  }

  /** In order, so that it may write what it has to write. */
  async stop(): Promise<void> {
    await this.process?.stop('SIGTERM', STOP_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process?.[Symbol.asyncDispose]();
    if (this.process !== undefined) releasePort(this.#port);
  }
}

/** Flags with which a Node process can be weighed. */
export const COLLECTING = [
  '--expose-gc',
  '--import',
  programFile('load/bench/collect-on-signal'),
] as const;

/** The cheap upstream, on the other core. */
export async function startUpstream(
  bench: Bench,
): Promise<AsyncDisposable & { readonly url: string }> {
  const port = await freePort();
  const args = [programFile('load/bench/counter-upstream'), '--port', String(port)];
  const command = { file: process.execPath, args };
  const running = await listening('the upstream', command, port, bench.cores.rest, bench);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      releasePort(port);
    },
  };
}

async function listening(
  name: string,
  { file, args }: Command,
  port: number,
  core: number,
  { tools, signal }: Bench,
): Promise<OwnedProcess> {
  const pinned = ['-c', String(core), file, ...args];
  const process = await OwnedProcess.spawn({ name, file: tools.taskset.path, args: pinned });
  try {
    await until(
      READY_MS,
      `${name} to listen`,
      async () => {
        if (process.exit !== undefined) throw new OwnError(`${name} ended at once`);
        return (await tcpProbe(port)) === undefined;
      },
      signal,
    );
    return process;
  } catch (error) {
    const log = process.log.slice(-10).join('\n  ');
    await process[Symbol.asyncDispose]();
    signal.throwIfAborted();
    throw new OwnError(`${(error as Error).message}\n  ${log}`, { cause: error });
  }
}
