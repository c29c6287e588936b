/**
 * The names that the suite itself gave, in whatever it writes: kinds, verdicts, ids, sessions, methods,
 * tools. A bundle is judged by them, and where a header's value happens to be one, such as
 * `X-Op: increment`, they betray nothing.
 */

import { COUNTER_TOOLS } from '../fixture/counter-tools.ts';

/** What is under these keys came from the target: nothing in there is a name of ours. */
const TOLD: ReadonlySet<string> = new Set(['payload', 'headers', 'data', 'params']);

/** What the suite writes under these keys is a name, or a list of names. */
const NAMED: ReadonlySet<string> = new Set(
  [
    'kind session user upstream method tool requestId opId tag apply how what idDigest name type',
    'change epoch nonce id scenario verdict check checks requirement requirements anomaly evidence',
    'failed passed rung fault operation phase version startedAt title sentence',
  ].flatMap((line) => line.split(' ')),
);

/** What a judge looks for by name in what a target wrote, and what a gateway asks by itself. */
const FIXED: readonly string[] = [
  ...'value opId tag epoch nonce headers allow ping'.split(' '),
  ...COUNTER_TOOLS,
];

export function isTold(key: string): boolean {
  return TOLD.has(key);
}

/**
 * @param records whatever the suite wrote; what is only handed through from a target is to be left out.
 * @param whole records in which every string is the suite's own.
 */
export function ownNames(
  records: readonly unknown[],
  whole: readonly unknown[] = [],
): ReadonlySet<string> {
  const names = new Set(FIXED);
  const visit = (node: unknown, isNamed: (key: string) => boolean, isName: boolean): void => {
    if (typeof node === 'string') {
      if (isName) names.add(node);
    } else if (Array.isArray(node)) {
      for (const item of node as readonly unknown[]) visit(item, isNamed, isName);
    } else if (typeof node === 'object' && node !== null) {
      for (const [key, inner] of Object.entries(node)) {
        if (!isTold(key)) visit(inner, isNamed, isNamed(key));
      }
    }
  };
  for (const record of records) visit(record, (key) => NAMED.has(key), false);
  for (const record of whole) visit(record, () => true, true);
  return names;
}
