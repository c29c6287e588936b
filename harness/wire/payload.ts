/** What the fixture put into a tool's result: one text content that holds one JSON object. */

export type ToolResult = Readonly<Record<string, unknown>>;

/** Every text content, joined by newlines; "" when there is none. */
export function resultText(result: ToolResult): string {
  const content = result['content'];
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => textOf(part))
    .filter((text) => text !== undefined)
    .join('\n');
}

/** Undefined when the text is not a JSON object, as with a gateway's own answers. */
export function resultPayload(result: ToolResult): Readonly<Record<string, unknown>> | undefined {
  const text = resultText(result);
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function textOf(part: unknown): string | undefined {
  if (typeof part !== 'object' || part === null) return undefined;
  const text = (part as Record<string, unknown>)['text'];
  return typeof text === 'string' ? text : undefined;
}
