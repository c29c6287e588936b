/**
 * The gateway that one would write first: for each client session an SDK `Server` over Streamable HTTP
 * and an SDK `Client` to the upstream, tools passed through. Written as the SDK's own examples do it,
 * with its low-level `Server` (the faster of the two), and without anything that would slow it down.
 */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { flag, listenAsTold } from './listen-as-told.ts';

const IMPLEMENTATION = { name: 'sdk-gateway', version: '1' };
const upstream = new URL(flag('upstream'));
const authorization = `Bearer ${flag('token')}`;
const sessions = new Map<string, StreamableHTTPServerTransport>();

async function open(): Promise<StreamableHTTPServerTransport> {
  const client = new Client(IMPLEMENTATION);
  await client.connect(new StreamableHTTPClientTransport(upstream));
  const server = new Server(IMPLEMENTATION, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => client.listTools(params));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => client.callTool(params));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => {
      sessions.delete(id);
      void client.close();
    },
  });
  await server.connect(transport);
  return transport;
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.headers.authorization !== authorization) {
    response.writeHead(401).end();
    return;
  }
  const id = request.headers['mcp-session-id'];
  const transport = typeof id === 'string' ? sessions.get(id) : await open();
  if (transport === undefined) response.writeHead(404).end();
  else await transport.handleRequest(request, response);
}

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  handle(request, response).catch(() => response.destroy());
});

listenAsTold(server);
