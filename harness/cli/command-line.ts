/** The command line that repeats a run: what was asked, with every default that chance decided spelled out. */

import { PROGRAM, shellWord } from '../report/again.ts';

export type OptionValue = string | number | boolean | readonly string[] | undefined;

/** `{ upstreamPort: 80 }` becomes `--upstream-port 80`; false and undefined are left out. */
export function commandLine(
  words: readonly string[],
  options: Readonly<Record<string, OptionValue>>,
): string {
  const flags = Object.entries(options).flatMap(([name, value]) => flagWords(name, value));
  return [PROGRAM, ...[...words, ...flags].map(shellWord)].join(' ');
}

function flagWords(name: string, value: OptionValue): readonly string[] {
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (value === undefined || value === false) return [];
  if (value === true) return [flag];
  if (typeof value === 'object') return value.flatMap((item) => [flag, item]);
  return [flag, String(value)];
}
