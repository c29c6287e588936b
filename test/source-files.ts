/** Every text file of the repository, read once: what the tests about the whole repository judge. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface SourceFile {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

const ROOT = join(import.meta.dirname, '..');
const LEFT_OUT = new Set(['node_modules', 'dist', '.git', '.tools', '.gauntlet']);
const TEXT = /(?:\.(?:ts|js|json|ya?ml|md|sh)|\/run|\/\.[a-z]+)$/;
const GENERATED = /(?:^|\/)(?:package-lock\.json|go\.sum|go\.mod)$/;

export function sourceFiles(): readonly SourceFile[] {
  return walk(ROOT)
    .map((file) => ({ file, path: relative(ROOT, file) }))
    .filter(({ path }) => TEXT.test(`/${path}`) && !GENERATED.test(path))
    .map(({ file, path }) => ({ path, text: readFileSync(file, 'utf8') }));
}

function walk(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !LEFT_OUT.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return walk(path);
      return entry.isFile() ? [path] : [];
    });
}
