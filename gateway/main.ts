/** Starts the gateway as a process: flags in, one line of JSON out when it listens, signals end it. */

import { flushCompileCache } from 'node:module';
import { loadConfig, ConfigError, type Config } from './config.ts';
import { readFlags, USAGE } from './flags.ts';
import { assemble, defaultParts, type Parts } from './assembly.ts';
import type { Gateway } from './gateway.ts';
import { createLog } from './observe/log.ts';

export { defaultParts, type Parts } from './assembly.ts';

const EXIT_USAGE = 64;
const EXIT_UNAVAILABLE = 69;

function fail(code: number, sentence: string): never {
  process.stderr.write(`gateway: ${sentence}\n`);
  process.exit(code);
}

interface Configured {
  readonly config: Config;
  /** Reads the file again; undefined without one. */
  readonly again: (() => Config) | undefined;
}

function configure(args: readonly string[]): Configured {
  try {
    const { isHelp, file, config } = readFlags(args);
    if (isHelp) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const load = (): Config => loadConfig(file, config);
    const first = load();
    if (first.upstreams.length === 0 && first.admin === undefined) {
      throw new ConfigError(
        `${file === undefined ? '' : `${file}: `}there are no upstreams: give --upstream NAME=URL, or --admin-port to add them later`,
      );
    }
    return { config: first, again: file === undefined ? undefined : load };
  } catch (error) {
    if (error instanceof ConfigError) fail(EXIT_USAGE, error.message);
    throw error;
  }
}

function endOnSignals(gateway: Gateway): void {
  let isEnding = false;
  const end = (signal: 'SIGTERM' | 'SIGINT'): void => {
    // Whoever asks twice does not want to wait.
    if (isEnding) process.exit(signal === 'SIGINT' ? 130 : 143);
    isEnding = true;
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => fail(1, `shutdown failed: ${String(error)}`),
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
}

/** Runs the gateway that these parts make, with the flags of this process, until a signal ends it. */
export async function main(parts: Parts = defaultParts): Promise<void> {
  const { config, again } = configure(process.argv.slice(2));
  const log = createLog(config.logLevel);
  const gateway = new parts.Gateway(assemble(config, log, parts));
  process.on('SIGHUP', () => {
    if (again !== undefined) gateway.reload(again);
    else log.warn('there is no configuration file to read again');
  });
  try {
    const { url, admin } = await gateway.start();
    endOnSignals(gateway);
    // With NODE_COMPILE_CACHE the next start is quicker, and by itself Node writes only at an orderly end.
    flushCompileCache();
    process.stdout.write(`${JSON.stringify({ ready: true, url, admin })}\n`);
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code === 'EADDRINUSE') fail(EXIT_UNAVAILABLE, `port ${port} is in use`);
    fail(EXIT_UNAVAILABLE, `cannot listen on ${config.host}:${config.port} (${code})`);
  }
}

if (import.meta.main) await main();
