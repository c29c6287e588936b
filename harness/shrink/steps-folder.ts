/**
 * Where a search writes what its runs leave, as their bundles are called alike: a fresh folder, gone
 * when the search has ended. Hidden, like all that is not finished.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

export class StepsFolder implements AsyncDisposable {
  readonly path: string;

  static async in(folder: string): Promise<StepsFolder> {
    return new StepsFolder(await mkdtemp(join(folder, '.steps-')));
  }

  private constructor(path: string) {
    this.path = path;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
