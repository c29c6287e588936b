/** A configuration file for tests, in a folder of its own that goes away with it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigInput } from '../config.ts';

export class ConfigFile implements Disposable {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'gateway-config-'));

  constructor(config: ConfigInput) {
    this.path = join(this.#folder, 'gateway.yaml');
    this.write(config);
  }

  /** JSON is YAML. */
  write(config: ConfigInput): void {
    this.writeText(JSON.stringify(config, null, 2));
  }

  writeText(text: string): void {
    writeFileSync(this.path, text);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
