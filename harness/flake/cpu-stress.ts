/** Every core kept busy by a process of ours, so that whatever is measured has to wait for its turn. */

import { availableParallelism } from 'node:os';
import { OwnedProcess } from '../lifecycle/owned-process.ts';
import { programFile } from '../paths.ts';

export class CpuStress implements AsyncDisposable {
  /** Of the processes that burn. */
  readonly pids: readonly number[];
  readonly #owned: AsyncDisposableStack;

  /** One burner a core, at ordinary priority. */
  static async start(cores = availableParallelism()): Promise<CpuStress> {
    await using owned = new AsyncDisposableStack();
    const pids: number[] = [];
    for (let core = 1; core <= cores; core += 1) {
      const burner = await OwnedProcess.spawn({
        name: `processor burner ${core}`,
        file: process.execPath,
        args: [programFile('harness/flake/burn-processor'), String(process.pid)],
      });
      owned.use(burner);
      pids.push(burner.pid);
    }
    return new CpuStress(pids, owned.move());
  }

  private constructor(pids: readonly number[], owned: AsyncDisposableStack) {
    this.pids = pids;
    this.#owned = owned;
  }

  /** @throws {OwnError} if one survives. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
