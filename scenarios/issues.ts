/** Issues of real gateways that `replay` knows by number, and the scenarios that reproduce each. */

export interface Issue {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  /** Patterns over scenario ids. */
  readonly scenarios: readonly [string, ...string[]];
}

const CONTEXT_FORGE = 'IBM/mcp-context-forge';

export const ISSUES: Readonly<Record<string, Issue>> = {
  '3520': {
    id: `${CONTEXT_FORGE}#3520`,
    title: 'Broken sessions are recycled: ClosedResourceError cascades after one fault',
    url: `https://github.com/${CONTEXT_FORGE}/issues/3520`,
    scenarios: ['breakage/broken-call', 'breakage/closed-after-answer', 'breakage/cut-*'],
  },
  '3737': {
    id: `${CONTEXT_FORGE}#3737`,
    title: "One request's failure or cancellation cancels its neighbours",
    url: `https://github.com/${CONTEXT_FORGE}/issues/3737`,
    scenarios: ['cancellation/*', 'breakage/broken-call'],
  },
  '4205': {
    id: `${CONTEXT_FORGE}#4205`,
    title: 'Two sessions of one user share an upstream session: the counter is wrong',
    url: `https://github.com/${CONTEXT_FORGE}/issues/4205`,
    scenarios: ['isolation/same-user'],
  },
  '4270': {
    id: `${CONTEXT_FORGE}#4270`,
    title: 'Streamable HTTP behind a path prefix',
    url: `https://github.com/${CONTEXT_FORGE}/issues/4270`,
    scenarios: ['transport/path-prefix'],
  },
  '4284': {
    id: `${CONTEXT_FORGE}#4284`,
    title: 'GET without a session',
    url: `https://github.com/${CONTEXT_FORGE}/issues/4284`,
    scenarios: ['transport/get-without-session'],
  },
};
