/** The prompts and resources that the official suite asks for. */

import type { GetPromptResult, ReadResourceResult } from '@modelcontextprotocol/sdk/types.js';
import { PNG } from './tools.ts';

type Given = Readonly<Record<string, string>>;
type PromptContent = GetPromptResult['messages'][number]['content'];

export interface ReferencePrompt {
  readonly description: string;
  /** All of them required. */
  readonly arguments: readonly string[];
  content(given: Given): readonly PromptContent[];
}

const IMAGE = { type: 'image', data: PNG, mimeType: 'image/png' } as const;

function text(words: string): PromptContent {
  return { type: 'text', text: words };
}

export const PROMPTS: Readonly<Record<string, ReferencePrompt>> = {
  test_simple_prompt: {
    description: 'Takes nothing',
    arguments: [],
    content: () => [text('This is a simple prompt for testing.')],
  },
  test_prompt_with_arguments: {
    description: 'Repeats its arguments',
    arguments: ['arg1', 'arg2'],
    content: ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    description: 'Carries a resource',
    arguments: ['resourceUri'],
    content: ({ resourceUri: uri = '' }) => [
      {
        type: 'resource',
        resource: {
          uri,
          mimeType: 'text/plain',
          text: 'Embedded resource content for testing.',
        },
      },
      text('Please process the embedded resource above.'),
    ],
  },
  test_prompt_with_image: {
    description: 'Carries an image',
    arguments: [],
    content: () => [IMAGE, text('Please analyze the image above.')],
  },
};

const NAMED = [
  { uri: 'test://static-text', name: 'Static text', mimeType: 'text/plain' },
  { uri: 'test://static-binary', name: 'Static binary', mimeType: 'image/png' },
  { uri: 'test://watched-resource', name: 'Watched', mimeType: 'text/plain' },
] as const;

export const RESOURCES = NAMED.map((one) => ({ ...one, description: `${one.name} of the suite` }));

export const TEMPLATES = [
  {
    uriTemplate: 'test://template/{id}/data',
    name: 'Template',
    description: 'Data for an id',
    mimeType: 'application/json',
  },
];

/** Undefined for a resource that is not there. */
export function readResource(uri: string): ReadResourceResult | undefined {
  const named = NAMED.find((one) => one.uri === uri);
  if (named !== undefined) {
    const { mimeType } = named;
    if (mimeType === 'image/png') return { contents: [{ uri, mimeType, blob: PNG }] };
    const words =
      uri === 'test://static-text'
        ? 'This is the content of the static text resource.'
        : 'Watched resource content';
    return { contents: [{ uri, mimeType, text: words }] };
  }
  const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? [];
  if (id === undefined) return undefined;
  const data = { id, templateTest: true, data: `Data for ID: ${id}` };
  return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(data) }] };
}
