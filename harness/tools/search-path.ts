/** Looks programs up on PATH as a shell would, but all of them, so that a wrong version can be passed over. */

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** Every executable file of that name, in PATH's order. Folders that are not absolute are left out. */
export async function searchPath(executable: string): Promise<readonly string[]> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const found: string[] = [];
  for (const folder of new Set(folders)) {
    const path = join(folder, executable);
    if (await isExecutable(path)) found.push(path);
  }
  return found;
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
