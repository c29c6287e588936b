/** The variables of one instance of a target. */

import { freePort } from '../lifecycle/free-port.ts';
import { packageRoot, programFile } from '../paths.ts';
import { suiteVersion } from '../suite-version.ts';
import type { TargetSettings } from './target.ts';
import type { TargetSpec } from './target-spec.ts';
import { expandCommand, variableName, type Variables } from './variables.ts';

export interface InstanceVariables extends Variables {
  readonly ports: readonly number[];
}

/** The same for every instance. */
export function sharedVariables(): Readonly<Record<string, string>> {
  return {
    NODE: process.execPath,
    GATEWAY: programFile('gateway/main'),
    PACKAGE: packageRoot,
    VERSION: suiteVersion(),
  };
}

/** @param shared variables of the target's file and its `prepare`, which win over the built-in ones. */
export async function instanceVariables(
  spec: TargetSpec,
  settings: TargetSettings,
  instanceDir: string,
  shared: Readonly<Record<string, string>>,
): Promise<InstanceVariables> {
  const port = await freePort();
  const adminPort = await freePort();
  const { upstreams, pathPrefix, idleProbeMs } = settings;
  const named = upstreams.map(({ name, url }) => [`UPSTREAM_URL_${variableName(name)}`, url]);
  const values: Record<string, string> = {
    ...sharedVariables(),
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    INSTANCE_DIR: instanceDir,
    PATH_PREFIX: pathPrefix ?? '',
    IDLE_PROBE_MS: String(idleProbeMs ?? 0),
    ...(Object.fromEntries(named) as Record<string, string>),
    ...shared,
  };
  const first = upstreams[0];
  if (first !== undefined) {
    values['UPSTREAM_URL'] = first.url;
    values['UPSTREAM_NAME'] = first.name;
  }
  return { values, lists: listsOf(spec, settings, values), ports: [port, adminPort] };
}

function listsOf(
  spec: TargetSpec,
  settings: TargetSettings,
  values: Readonly<Record<string, string>>,
): Variables['lists'] {
  const { upstreamArguments, pathPrefixArguments, idleProbeArguments } = spec;
  const asked = (template: string | undefined, isAsked: boolean): readonly string[] =>
    template === undefined || !isAsked ? [] : expandCommand(template, { values, lists: {} });
  return {
    UPSTREAM_ARGUMENTS: settings.upstreams.flatMap(({ name, url }) =>
      upstreamArguments === undefined
        ? []
        : expandCommand(upstreamArguments, {
            values: { ...values, UPSTREAM_NAME: name, UPSTREAM_URL: url },
            lists: {},
          }),
    ),
    PATH_PREFIX_ARGUMENTS: asked(pathPrefixArguments, settings.pathPrefix !== undefined),
    IDLE_PROBE_ARGUMENTS: asked(idleProbeArguments, settings.idleProbeMs !== undefined),
  };
}
