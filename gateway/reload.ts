/**
 * A new configuration taken over while the gateway runs. It is valid as a whole or not used at all;
 * what is in flight goes on as it began.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Assembly } from './assembly.ts';
import { ConfigError, type Config } from './config.ts';
import { urlsOf } from './upstream/definition.ts';

/** What takes hold at once. Every other setting needs a restart. */
const LIVE = [
  'upstreams',
  'caSigningKey',
  'users',
  'jwt',
  'revokedTokens',
  'allowedHosts',
  'trustedProxies',
  'maxSessions',
  'maxSessionsPerUser',
  'sessionIdleMs',
  'maxHops',
  'maxConnections',
  'maxProcesses',
  'maxBodyBytes',
  'logLevel',
] as const satisfies readonly (keyof Config)[];

const isLive = (name: string): boolean => LIVE.some((live) => live === name);

function namesOfChanged(before: Config, after: Config): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Config>;
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

/** False when there is no valid new configuration: the old one stays, the log says why. */
export function reload(assembly: Assembly, load: () => Config): boolean {
  const { catalog, config, guard, hosts, life, log, metrics, proxies, users } = assembly;
  let next: Config;
  try {
    next = load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    metrics.reloaded('refused');
    log.error({ error: error.message }, 'the new configuration is not used, the old one stays');
    return false;
  }
  const changed = namesOfChanged(config, next);
  const live = Object.fromEntries(LIVE.map((name) => [name, next[name]]));
  // The parts look their settings up in this object.
  Object.assign(config, live);
  users.replace(config);
  hosts.replace(config);
  proxies.replace(config.trustedProxies);
  log.level = config.logLevel;
  guard.trust(urlsOf(config.upstreams));
  const upstreams = catalog.replaceAll(config.upstreams);
  const { added, evicted, removed } = upstreams;
  life.listsChanged([...added, ...evicted, ...removed]);
  log.info({ changed: changed.filter(isLive), upstreams }, 'the configuration was reloaded');
  metrics.reloaded('done');
  const waiting = changed.filter((name) => !isLive(name));
  if (waiting.length > 0)
    log.warn({ settings: waiting }, 'these settings need a restart to change');
  return true;
}
