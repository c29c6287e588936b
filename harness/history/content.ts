/** What a successful answer of each of the fixture's tools says; there is none that says nothing. */

import type { Operation } from './operation.ts';

type Payload = Readonly<Record<string, unknown>>;

const HAS_VALUE = { name: 'value', isIn: ({ value }: Payload) => typeof value === 'number' };

const CONTENT: ReadonlyMap<
  string | undefined,
  { readonly name: string; readonly isIn: (payload: Payload) => boolean }
> = new Map([
  ['increment', HAS_VALUE],
  ['slow_increment', HAS_VALUE],
  ['get', HAS_VALUE],
  ['progress', HAS_VALUE],
  // Of its ways to be broken, those that answer at all answer whole.
  ['break', HAS_VALUE],
  ['echo', { name: 'tag', isIn: ({ tag }) => typeof tag === 'string' }],
  [
    'whoami',
    { name: 'headers', isIn: ({ headers }) => typeof headers === 'object' && headers !== null },
  ],
]);

/** They never succeed. */
const NEVER: ReadonlySet<string | undefined> = new Set(['fail', 'hang']);

/** What is wrong with the success that this call was told; undefined where nothing is, or none was told. */
export function missingContent({ invoke, outcome }: Operation): string | undefined {
  if (invoke.method !== 'tools/call' || outcome?.type !== 'ok') return undefined;
  if (NEVER.has(invoke.tool)) return 'this tool never succeeds';
  const content = CONTENT.get(invoke.tool);
  const { payload } = outcome;
  if (content === undefined || (payload !== undefined && content.isIn(payload))) return undefined;
  const said = JSON.stringify(payload?.[content.name]);
  return said === undefined
    ? `its answer has no ${content.name}`
    : `its answer has the ${content.name} ${said.slice(0, SAID_LENGTH)}`;
}

const SAID_LENGTH = 100;
