/** Shell scripts that pass for Toxiproxy, k6 and Go, so that the search is tested without any of them. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export async function writeScript(path: string, lines: readonly string[]): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return path;
}

/** Says that it is k6 of that version, as k6 says it. */
export function writeK6(path: string, version: string): Promise<string> {
  return writeScript(path, [`echo "k6 v${version} (go1.26.8, linux/amd64)"`]);
}

/** A `go` in `folder` that "builds" a k6 of that version, and notes each build in the returned file. */
export async function writeGo(folder: string, builtVersion: string): Promise<string> {
  const log = join(folder, 'builds.log');
  await writeScript(join(folder, 'go'), [
    `echo "$*" >> ${log}`,
    'while [ "$1" != -o ]; do shift; done',
    '/bin/mkdir -p "$(/usr/bin/dirname "$2")"',
    String.raw`printf '#!/bin/sh\necho "k6 v${builtVersion} (go1.26.8, linux/amd64)"\n' > "$2"`,
    '/bin/chmod 755 "$2"',
  ]);
  return log;
}
