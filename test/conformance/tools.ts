/**
 * The tools that the official suite calls: each does what the suite's own description of it says.
 * Tools that talk back (log, report, ask) do so on the stream of the call.
 */

import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  CreateMessageResultSchema,
  ElicitResultSchema,
  type CallToolResult,
  type ServerNotification,
  type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { setTimeout as pause } from 'node:timers/promises';

export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;
type Content = CallToolResult['content'];
type Arguments = Readonly<Record<string, unknown>>;

export interface ReferenceTool {
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>> & { readonly type: 'object' };
  run(args: Arguments, extra: Extra): Promise<CallToolResult> | CallToolResult;
}

/** One red pixel. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** A header and no samples. */
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';
const STEP_MS = 50;
const NO_ARGUMENTS = { type: 'object', properties: {} } as const;

function text(words: string): Content[number] {
  return { type: 'text', text: words };
}

function fixed(description: string, content: Content, isError = false): ReferenceTool {
  const result = { content, ...(isError && { isError }) };
  return { description, inputSchema: NO_ARGUMENTS, run: () => result };
}

async function elicit(extra: Extra, message: string, properties: unknown, required?: string[]) {
  const requestedSchema = { type: 'object', properties, ...(required && { required }) };
  const request = { method: 'elicitation/create', params: { message, requestedSchema } };
  const { action, content } = await extra.sendRequest(request as ServerRequest, ElicitResultSchema);
  return `action=${action}, content=${JSON.stringify(content ?? {})}`;
}

function form(description: string, properties: unknown): ReferenceTool {
  return {
    description,
    inputSchema: NO_ARGUMENTS,
    run: async (_args, extra) => {
      const said = await elicit(extra, 'Please fill this in', properties);
      return { content: [text(`Elicitation completed: ${said}`)] };
    },
  };
}

const options = (...values: string[]) => ({ type: 'string', enum: values });
const titled = (...pairs: [string, string][]) =>
  pairs.map(([value, title]) => ({ const: value, title }));

const DEFAULTS = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { ...options('active', 'inactive', 'pending'), default: 'active' },
  verified: { type: 'boolean', default: true },
};

const ENUMS = {
  untitledSingle: options('option1', 'option2', 'option3'),
  titledSingle: {
    type: 'string',
    oneOf: titled(
      ['value1', 'First Option'],
      ['value2', 'Second Option'],
      ['value3', 'Third Option'],
    ),
  },
  legacyEnum: {
    ...options('opt1', 'opt2', 'opt3'),
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: { type: 'array', items: options('option1', 'option2', 'option3') },
  titledMulti: {
    type: 'array',
    items: {
      anyOf: titled(
        ['value1', 'First Choice'],
        ['value2', 'Second Choice'],
        ['value3', 'Third Choice'],
      ),
    },
  },
};

const CONTACT = {
  username: { type: 'string', description: 'A name' },
  email: { type: 'string', description: 'An address' },
};

/** What a gateway that rewrites schemas instead of passing them on would lose parts of. */
const RICH_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: options('phone', 'email'),
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
} as const;

export const TOOLS: Readonly<Record<string, ReferenceTool>> = {
  test_simple_text: fixed('Answers with text', [
    text('This is a simple text response for testing.'),
  ]),
  test_image_content: fixed('Answers with an image', [
    { type: 'image', data: PNG, mimeType: 'image/png' },
  ]),
  test_audio_content: fixed('Answers with sound', [
    { type: 'audio', data: WAV, mimeType: 'audio/wav' },
  ]),
  test_embedded_resource: fixed('Answers with a resource', [
    {
      type: 'resource',
      resource: {
        uri: 'test://embedded-resource',
        mimeType: 'text/plain',
        text: 'This is an embedded resource content.',
      },
    },
  ]),
  test_multiple_content_types: fixed('Answers with several kinds of content', [
    text('Multiple content types test:'),
    { type: 'image', data: PNG, mimeType: 'image/png' },
    {
      type: 'resource',
      resource: {
        uri: 'test://mixed-content-resource',
        mimeType: 'application/json',
        text: JSON.stringify({ test: 'data', value: 123 }),
      },
    },
  ]),
  test_error_handling: fixed(
    'Always fails',
    [text('This tool intentionally returns an error for testing')],
    true,
  ),
  test_tool_with_logging: {
    description: 'Logs three times while it runs',
    inputSchema: NO_ARGUMENTS,
    run: async (_args, extra) => {
      for (const data of ['started', 'processing data', 'execution completed']) {
        const params = { level: 'info' as const, data: `Tool ${data}` };
        await extra.sendNotification({ method: 'notifications/message', params });
        await pause(STEP_MS);
      }
      return { content: [text('Logged three times')] };
    },
  },
  test_tool_with_progress: {
    description: 'Reports progress in three steps',
    inputSchema: NO_ARGUMENTS,
    run: async (_args, extra) => {
      const { _meta: meta } = extra;
      const progressToken = meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          const params = { progressToken, progress, total: 100 };
          await extra.sendNotification({ method: 'notifications/progress', params });
        }
        await pause(STEP_MS);
      }
      return { content: [text(`Progress went with ${JSON.stringify(progressToken ?? null)}`)] };
    },
  },
  test_sampling: {
    description: "Asks the client's model",
    inputSchema: {
      type: 'object',
      properties: { prompt: { type: 'string' } },
      required: ['prompt'],
    },
    run: async ({ prompt }, extra) => {
      const content = { type: 'text' as const, text: String(prompt) };
      const params = { messages: [{ role: 'user' as const, content }], maxTokens: 100 };
      const request = { method: 'sampling/createMessage' as const, params };
      const sampled = await extra.sendRequest(request, CreateMessageResultSchema);
      return { content: [text(`LLM response: ${JSON.stringify(sampled.content)}`)] };
    },
  },
  test_elicitation: {
    description: "Asks the client's user",
    inputSchema: {
      type: 'object',
      properties: { message: { type: 'string' } },
      required: ['message'],
    },
    run: async ({ message }, extra) => {
      const said = await elicit(extra, String(message), CONTACT, ['username', 'email']);
      return { content: [text(`User response: ${said}`)] };
    },
  },
  test_elicitation_sep1034_defaults: form('Asks with a default for each kind of field', DEFAULTS),
  test_elicitation_sep1330_enums: form('Asks with each kind of choice', ENUMS),
  test_reconnection: {
    description: 'Closes the stream of the call before it answers',
    inputSchema: NO_ARGUMENTS,
    run: async (_args, extra) => {
      extra.closeSSEStream?.();
      await pause(2 * STEP_MS);
      return { content: [text('Answered after the stream was closed')] };
    },
  },
  json_schema_2020_12_tool: {
    description: 'Has a schema with many keywords',
    inputSchema: RICH_SCHEMA,
    run: () => ({ content: [text('accepted')] }),
  },
};
