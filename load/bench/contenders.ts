/** What is compared: how each is started, and what its tools are called. */

import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { programFile } from '../../harness/paths.ts';

export const TOKEN = 'a-static-token-of-the-benchmark';

export interface Launch {
  readonly port: number;
  /** The upstream's endpoint. */
  readonly upstream: string;
  /** For files of its own. */
  readonly folder: string;
  readonly nginx: string;
  /** For Node itself. */
  readonly nodeFlags?: readonly string[];
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

export interface Contender {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Undefined: there is no gateway in between. */
  command?(launch: Launch): Promise<Command>;
  /** Its memory is worth a look. */
  readonly isWeighed: boolean;
  /** It has a garbage collector that can be told to run. */
  readonly isNode: boolean;
  /** Prefixes of the tools; sessions take turns. */
  readonly prefixes: readonly [string, string];
}

const PLAIN = ['', ''] as const;

function node(program: string, launch: Launch, flags: readonly string[]): Promise<Command> {
  const args = [
    ...(launch.nodeFlags ?? []),
    programFile(program),
    '--port',
    String(launch.port),
    ...flags,
  ];
  return Promise.resolve({ file: process.execPath, args });
}

function reference(launch: Launch, upstreams: readonly string[]): Promise<Command> {
  const named = upstreams.flatMap((name) => ['--upstream', `${name}=${launch.upstream}`]);
  const flags = [...named, '--user', `bench=${TOKEN}`, '--log-level', 'warn'];
  return node('gateway/main', launch, flags);
}

/** One worker, keep-alive on both sides, nothing buffered to disk, nothing logged. */
async function nginx({ port, upstream, folder, nginx: file }: Launch): Promise<Command> {
  const { host, pathname } = new URL(upstream);
  const config = join(folder, `nginx-${port}.conf`);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    config,
    `daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${folder}/nginx-${port}.pid;
error_log stderr warn;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${paths.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  upstream counter { server ${host}; keepalive 2048; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ${pathname} {
      proxy_pass http://counter;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 1h;
    }
  }
}
`,
  );
  return { file, args: ['-c', config, '-e', 'stderr'] };
}

export const DIRECT: Contender = {
  name: 'direct',
  title: 'no gateway',
  isWeighed: false,
  isNode: false,
  prefixes: PLAIN,
};

export const NGINX: Contender = {
  name: 'nginx',
  title: 'nginx, plain reverse proxy',
  command: nginx,
  isWeighed: true,
  isNode: false,
  prefixes: PLAIN,
};

export const BLIND: Contender = {
  name: 'blind',
  title: 'Node proxy that copies bytes',
  command: (launch) => node('load/bench/blind-proxy', launch, ['--upstream', launch.upstream]),
  isWeighed: true,
  isNode: true,
  prefixes: PLAIN,
};

export const REFERENCE: Contender = {
  name: 'reference',
  title: 'reference gateway',
  command: (launch) => reference(launch, ['one']),
  isWeighed: true,
  isNode: true,
  prefixes: PLAIN,
};

export const REFERENCE_TWO: Contender = {
  name: 'reference-two',
  title: 'reference gateway, two upstreams',
  command: (launch) => reference(launch, ['one', 'two']),
  isWeighed: false,
  isNode: true,
  prefixes: ['one__', 'two__'],
};

export const SDK: Contender = {
  name: 'sdk',
  title: 'SDK server and client a session',
  command: (launch) =>
    node('load/bench/sdk-gateway', launch, ['--upstream', launch.upstream, '--token', TOKEN]),
  isWeighed: true,
  isNode: true,
  prefixes: PLAIN,
};

export const CONTENDERS: readonly Contender[] = [
  DIRECT,
  NGINX,
  BLIND,
  REFERENCE,
  REFERENCE_TWO,
  SDK,
];
