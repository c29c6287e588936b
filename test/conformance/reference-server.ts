/**
 * A server with everything that the official suite asks for at the 2025-11-25 wire, on the official
 * SDK: the suite's npm package has no server in it. It passes the suite by itself; what a gateway in
 * front of it loses is the gateway's. Prints its port as one JSON line; SIGTERM ends it.
 */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  StreamableHTTPServerTransport,
  type EventStore,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  type JSONRPCMessage,
} from '@modelcontextprotocol/sdk/types.js';
import { PROMPTS, readResource, RESOURCES, TEMPLATES } from './content.ts';
import { TOOLS } from './tools.ts';

/** How soon clients may come back to a stream that was closed under them. */
const RETRY_MS = 100;

/** What was sent on the streams of one session, so that a client that comes back misses nothing. */
class Events implements EventStore {
  readonly #sent: { readonly stream: string; readonly message: JSONRPCMessage }[] = [];

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    this.#sent.push({ stream, message });
    return String(this.#sent.length - 1);
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const last = Number(lastEventId);
    const stream = this.#sent[last]?.stream ?? '';
    for (const [index, event] of this.#sent.entries()) {
      // A message without content is what primed the stream.
      const isMessage = Object.keys(event.message).length > 0;
      if (index > last && event.stream === stream && isMessage) {
        await send(String(index), event.message);
      }
    }
    return stream;
  }
}

function found<T>(kind: string, name: string, value: T | undefined): T {
  if (value === undefined) throw new McpError(ErrorCode.InvalidParams, `Unknown ${kind}: ${name}`);
  return value;
}

/** One session's server. The plain class, because the schemas are to be passed on as they are. */
function referenceServer(): Server {
  const server = new Server(
    { name: 'conformance-reference', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        logging: {},
        completions: {},
      },
    },
  );
  const toolList = Object.entries(TOOLS).map(([name, { description, inputSchema }]) => ({
    name,
    description,
    inputSchema,
  }));
  const promptList = Object.entries(PROMPTS).map(([name, prompt]) => ({
    name,
    description: prompt.description,
    arguments: prompt.arguments.map((argument) => ({ name: argument, required: true })),
  }));
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: toolList }));
  server.setRequestHandler(CallToolRequestSchema, ({ params: { name, arguments: args } }, extra) =>
    found('tool', name, TOOLS[name]).run(args ?? {}, extra),
  );
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: promptList }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params: { name, arguments: given } }) => ({
    messages: found('prompt', name, PROMPTS[name])
      .content(given ?? {})
      .map((content) => ({ role: 'user' as const, content })),
  }));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: RESOURCES }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: TEMPLATES,
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) =>
    found('resource', uri, readResource(uri)),
  );
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
  server.setRequestHandler(SetLevelRequestSchema, () => ({}));
  server.setRequestHandler(CompleteRequestSchema, ({ params: { argument } }) => ({
    completion: { values: [`${argument.value}-completed`], total: 1, hasMore: false },
  }));
  return server;
}

const sessions = new Map<string, StreamableHTTPServerTransport>();

async function opened(hosts: string[]): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
    eventStore: new Events(),
    retryInterval: RETRY_MS,
    enableDnsRebindingProtection: true,
    allowedHosts: hosts,
    allowedOrigins: hosts.map((host) => `http://${host}`),
  });
  await referenceServer().connect(transport);
  return transport;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  hosts: string[],
): Promise<void> {
  const id = request.headers['mcp-session-id'];
  const known = typeof id === 'string' ? sessions.get(id) : undefined;
  if (id !== undefined && known === undefined) {
    const error = { code: -32_001, message: 'Session not found' };
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
    return;
  }
  await (known ?? (await opened(hosts))).handleRequest(request, response);
}

const http = createServer((request, response) => {
  const { port } = http.address() as AddressInfo;
  void handle(request, response, [`127.0.0.1:${port}`, `localhost:${port}`]);
});
http.listen(0, '127.0.0.1', () => {
  const { port } = http.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
