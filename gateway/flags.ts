/** The command line, as a partial configuration. */

import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ConfigError, type ConfigInput } from './config.ts';

const OPTIONS = {
  host: { type: 'string' },
  port: { type: 'string' },
  upstream: { type: 'string', multiple: true },
  'path-prefix': { type: 'string' },
  user: { type: 'string', multiple: true },
  'allowed-host': { type: 'string', multiple: true },
  'allowed-upstream-network': { type: 'string', multiple: true },
  'admin-port': { type: 'string' },
  'admin-token': { type: 'string' },
  'request-timeout-ms': { type: 'string' },
  'shutdown-timeout-ms': { type: 'string' },
  'idle-probe-after-ms': { type: 'string' },
  'probe-timeout-ms': { type: 'string' },
  'session-idle-ms': { type: 'string' },
  'session-loss': { type: 'string' },
  'list-timeout-ms': { type: 'string' },
  'max-sessions': { type: 'string' },
  'max-body-bytes': { type: 'string' },
  'log-level': { type: 'string' },
  config: { type: 'string' },
  help: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

export const USAGE = `Usage: gateway --upstream NAME=URL [options]

  --port N                  where clients arrive; 0 for any free port (default 0)
  --host HOST               interface to listen on (default 127.0.0.1)
  --upstream NAME=URL       an MCP server over Streamable HTTP; repeat for several;
                            needed unless --config or the admin API names them
  --path-prefix /p          serve everything below /p
  --user NAME=TOKEN         a user and the bearer token that proves it; none: everybody
  --allowed-host NAME       another name for this gateway in Host and Origin
  --allowed-upstream-network CIDR
                            where upstreams of the admin API may be, besides public addresses
  --admin-port N            serve the admin API on loopback; needs --admin-token
  --admin-token TOKEN
  --request-timeout-ms N    for one request (default 60000)
  --shutdown-timeout-ms N   to drain, and again to close (default 4500)
  --idle-probe-after-ms N   silence after which a session is probed; 0: never (default 60000)
  --probe-timeout-ms N      for the whole probe (default 5000)
  --session-idle-ms N       unused for that long, a session expires (default 1800000)
  --session-loss HOW        how a client learns that state was lost: 404, error or
                            reinitialize-told (default 404; with several upstreams error)
  --list-timeout-ms N       for one upstream's part of a merged list (default 5000)
  --max-sessions N          (default 10000)
  --max-body-bytes N        (default 4194304)
  --log-level LEVEL         debug, info, warn, error or silent (default info)
  --config FILE.yaml        the same settings in a file; flags win
`;

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new ConfigError(`--${flag} ${text}: not a whole number`);
  return Number(text);
}

/** "NAME=VALUE", split at the first "=". */
function pairOf(flag: string, text: string): readonly [string, string] {
  const at = text.indexOf('=');
  const shown = flag === 'user' ? '' : ` ${text}`;
  if (at < 1) throw new ConfigError(`--${flag}${shown}: write it as NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function parse(args: readonly string[]): ReturnType<typeof parseFlags> {
  try {
    return parseFlags(args);
  } catch (error) {
    const [sentence = 'bad flags'] = (error as Error).message.split(/\.\s/);
    const [, flag] = /^Option '(--[\w-]+).*' argument is ambiguous$/.exec(sentence) ?? [];
    if (flag === undefined) throw new ConfigError(sentence);
    throw new ConfigError(`${flag}: its value is missing, or begins with a dash`);
  }
}

function parseFlags(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
}

export interface Flags {
  readonly isHelp: boolean;
  readonly file: string | undefined;
  /** Only what was given. */
  readonly config: ConfigInput;
}

/** @throws ConfigError */
export function readFlags(args: readonly string[]): Flags {
  const values = parse(args);
  const number = (flag: keyof typeof OPTIONS): number | undefined =>
    numberOf(flag, values[flag] as string | undefined);
  const adminPort = number('admin-port');
  const adminToken = values['admin-token'];
  const given = {
    host: values.host,
    port: number('port'),
    pathPrefix: values['path-prefix'],
    allowedHosts: values['allowed-host'],
    allowedUpstreamNetworks: values['allowed-upstream-network'],
    upstreams: values.upstream?.map((text) => {
      const [name, url] = pairOf('upstream', text);
      return { name, url };
    }),
    users: values.user?.map((text) => {
      const [name, token] = pairOf('user', text);
      return { name, token };
    }),
    admin: adminOf(adminPort, adminToken),
    requestTimeoutMs: number('request-timeout-ms'),
    shutdownTimeoutMs: number('shutdown-timeout-ms'),
    idleProbeAfterMs: number('idle-probe-after-ms'),
    probeTimeoutMs: number('probe-timeout-ms'),
    sessionIdleMs: number('session-idle-ms'),
    sessionLoss: values['session-loss'],
    listTimeoutMs: number('list-timeout-ms'),
    maxSessions: number('max-sessions'),
    maxBodyBytes: number('max-body-bytes'),
    logLevel: values['log-level'],
  };
  const config = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as ConfigInput;
  return { isHelp: values.help === true, file: values.config, config };
}

function adminOf(
  port: number | undefined,
  token: string | undefined,
): { readonly port: number; readonly token: string } | undefined {
  if (port === undefined && token === undefined) return undefined;
  if (token === undefined) throw new ConfigError('--admin-port needs --admin-token');
  if (port === undefined) {
    throw new ConfigError('--admin-token needs --admin-port, which is 0 for any free port');
  }
  return { port, token };
}
