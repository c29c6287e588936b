/** A report is either the old one or the whole new one, whatever happens while it is written. */

import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes beside the file and renames. A pipe or a device (`/dev/stdout`) is written to as it is:
 * renaming onto it would replace it. The folder must exist.
 */
export async function writeAtomically(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const known = await stat(target).catch(() => undefined);
  if (known !== undefined && !known.isFile()) {
    await writeFile(target, text);
    return;
  }
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    const handle = await open(temporary, 'w', known === undefined ? 0o644 : known.mode & 0o777);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
