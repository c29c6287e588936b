/** The gateway as tests see it: a process with flags, a ready line, a log and an exit code. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly ms: number;
}

export class GatewayProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #exitCode: number | null | undefined;
  url = '';
  admin = '';

  private constructor(flags: readonly string[], nodeFlags: readonly string[] = []) {
    this.#child = spawn(process.execPath, [...nodeFlags, MAIN, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#child.once('exit', (code) => (this.#exitCode = code));
  }

  /** Started and ready. */
  static start(...flags: string[]): Promise<GatewayProcess> {
    return GatewayProcess.#ready(new GatewayProcess(flags));
  }

  /** Started with a heap of so many MiB: what it kept for ever would end it soon. */
  static startSmall(heapMiB: number, ...flags: string[]): Promise<GatewayProcess> {
    return GatewayProcess.startUnder([`--max-old-space-size=${heapMiB}`], ...flags);
  }

  /** Started by a Node that has flags of its own. */
  static startUnder(nodeFlags: readonly string[], ...flags: string[]): Promise<GatewayProcess> {
    return GatewayProcess.#ready(new GatewayProcess(flags, nodeFlags));
  }

  static async #ready(gateway: GatewayProcess): Promise<GatewayProcess> {
    await until(`a ready line\n${gateway.log}`, () => gateway.#stdout.includes('\n'), 15_000);
    const ready = JSON.parse(gateway.#stdout) as { url: string; admin: string | null };
    gateway.url = ready.url;
    gateway.admin = ready.admin ?? '';
    return gateway;
  }

  /** Started with a configuration file, and ready. */
  static async configured(config: object, ...flags: string[]): Promise<GatewayProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    const file = join(folder, 'gateway.yaml');
    try {
      writeFileSync(file, JSON.stringify(config));
      return await GatewayProcess.start('--config', file, ...flags);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** The one of these with that configuration, started if there is none yet, or none any more. */
  static async among(all: Map<string, GatewayProcess>, config: object): Promise<GatewayProcess> {
    const key = JSON.stringify(config);
    const known = all.get(key);
    if (known?.hasExited === false) return known;
    const gateway = await GatewayProcess.configured(config);
    all.set(key, gateway);
    return gateway;
  }

  /** Started with flags that it should refuse; what it said and its exit code. */
  static async refused(...flags: string[]): Promise<{ code: number | null; said: string }> {
    const gateway = new GatewayProcess(flags);
    await once(gateway.#child, 'close');
    return { code: gateway.#exitCode ?? null, said: gateway.#stderr };
  }

  get log(): string {
    return this.#stderr;
  }

  get hasExited(): boolean {
    return this.#exitCode !== undefined;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGTERM', ms = 15_000): Promise<Exit> {
    const from = performance.now();
    this.signal(signal);
    await until('the gateway to exit', () => this.hasExited, ms);
    return { code: this.#exitCode ?? null, ms: performance.now() - from };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasExited) return;
    this.#child.kill('SIGKILL');
    await until('the gateway to die', () => this.hasExited);
  }
}
