/** A configuration as YAML, and where in the file each of its fields is. */

import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { ConfigError } from './config-error.ts';

export interface ConfigFile {
  readonly input: Readonly<Record<string, unknown>>;
  /** "file:line: " of a field, or of the innermost part of its path that the file has. */
  readonly placeOf: (path: readonly PropertyKey[]) => string;
}

/** @throws ConfigError with the place of what is not YAML, or no map. */
export function readConfigFile(file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new ConfigError(`${file}:${line}:${col}: ${error.message}`);
  }
  const input = valueOf(file, () => document.toJS() as unknown) ?? {};
  if (typeof input !== 'object' || Array.isArray(input)) {
    throw new ConfigError(`${file}:1: the file is not a map of settings`);
  }
  const placeOf = (path: readonly PropertyKey[]): string => {
    const { line } = lines.linePos(offsetOf(document.contents, path));
    // Of an empty document there is no line.
    return `${file}:${Math.max(1, line)}: `;
  };
  return { input: input as Readonly<Record<string, unknown>>, placeOf };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Aliases are followed only now; there may be too many, or one of nothing. */
function valueOf(file: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    throw new ConfigError(`${file}: ${(error as Error).message}`);
  }
}

/** Of the key, where a field is in a map: its value may begin lines later. */
function offsetOf(contents: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = contents;
  let offset = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (!isScalar(pair?.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
