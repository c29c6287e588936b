/** What can be known to be wrong with a target's words before anything is started. */

import { sharedVariables } from './instance-variables.ts';
import { parseEndpoint } from './parse-endpoint.ts';
import type { TargetSpec } from './target-spec.ts';
import { expand, expandAll, expandCommand, type Variables } from './variables.ts';

/** Stands for each port: nothing is reached. */
const SOME_PORT = '1';
const OF_AN_INSTANCE = {
  PORT: SOME_PORT,
  ADMIN_PORT: SOME_PORT,
  INSTANCE_DIR: '/',
  PATH_PREFIX: '',
  IDLE_PROBE_MS: '0',
  UPSTREAM_NAME: 'counter',
  UPSTREAM_URL: 'http://127.0.0.1:1/mcp',
};
const LISTS = { UPSTREAM_ARGUMENTS: [], PATH_PREFIX_ARGUMENTS: [], IDLE_PROBE_ARGUMENTS: [] };

/** @throws {UsageError} for an endpoint that is no URL, an unclosed quote, and unknown variables. */
export function requireUsable(spec: TargetSpec): void {
  const { command, endpoint, env, headers, users, module } = spec;
  // What a module adds is known only once it ran.
  if (module?.prepare !== undefined || module?.environment !== undefined) return;
  const isStarted = command !== undefined;
  const variables: Variables = isStarted
    ? { values: valuesFor(spec, command), lists: LISTS }
    : { values: {}, lists: {} };
  parseEndpoint(expand(endpoint, variables));
  for (const each of [headers, ...Object.values(users).map((user) => user.headers)]) {
    expandAll(each, variables);
  }
  if (!isStarted) return;
  expandAll(env, variables);
  const { upstreamArguments, pathPrefixArguments, idleProbeArguments } = spec;
  for (const words of [command, upstreamArguments, pathPrefixArguments, idleProbeArguments]) {
    if (words !== undefined) expandCommand(words, variables);
  }
}

/** Upstreams are named by scenarios, so $UPSTREAM_URL_LEFT may be one. */
function valuesFor(spec: TargetSpec, command: string): Readonly<Record<string, string>> {
  const text = [command, ...Object.values(spec.env)].join(' ');
  const named = [...text.matchAll(/\bUPSTREAM_URL_\w+/g)].map(([name]) => [name, SOME_PORT]);
  return {
    ...sharedVariables(),
    ...OF_AN_INSTANCE,
    ...(Object.fromEntries(named) as Record<string, string>),
    ...spec.variables,
  };
}
