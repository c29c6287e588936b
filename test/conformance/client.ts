/**
 * The client that the suite starts with the URL of one of its servers: the official SDK's, which
 * lists the tools and calls what the scenarios are about. With `--gateway` it finds the reference
 * gateway in between.
 */

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { GatewayProcess } from '../../gateway/testing/gateway-process.ts';

/** What is called, and with what; a tool that is not here is only listed. */
const CALLS: Readonly<Record<string, (tools: readonly Tool[]) => Record<string, unknown>>> = {
  add_numbers: () => ({ a: 2, b: 3 }),
  test_reconnection: () => ({}),
  test_client_elicitation_defaults: () => ({}),
  json_schema_echo: (tools) => ({
    schema: tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema,
  }),
};

async function converse(url: string): Promise<void> {
  const capabilities = { elicitation: { form: { applyDefaults: true } } };
  const client = new Client({ name: 'conformance-client', version: '1.0.0' }, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: {} }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const { tools } = await client.listTools();
  for (const { name } of tools) {
    const args = CALLS[name]?.(tools);
    if (args !== undefined) await client.callTool({ name, arguments: args });
  }
  await client.close();
}

const url = process.argv.at(-1) ?? '';
if (process.argv.includes('--gateway')) {
  await using gateway = await GatewayProcess.start('--upstream', `suite=${url}`);
  await converse(gateway.url);
} else {
  await converse(url);
}
