/** One HTTP answer read as the answer to one JSON-RPC request, whether it came as JSON or as events. */

import { resultText, type ToolResult } from '../../../harness/wire/payload.ts';
import type { ErrorCause } from './lines.ts';

/** What k6 knows of an exchange. */
export interface Exchange {
  /** 0: there was no answer. */
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** k6's own text and number for a failed exchange. */
  readonly error: string;
  readonly errorCode: number;
}

export type Answer =
  | { readonly ok: true; readonly result: ToolResult }
  | { readonly ok: false; readonly cause: ErrorCause; readonly text: string };

const K6_REQUEST_TIMEOUT = 1050;
const EXCERPT_LENGTH = 300;

export function readAnswer(id: number, exchange: Exchange): Answer {
  const { status, body } = exchange;
  if (status === 0) {
    const cause = exchange.errorCode === K6_REQUEST_TIMEOUT ? 'timeout' : 'transport';
    return { ok: false, cause, text: exchange.error };
  }
  const message = messageFor(id, status, exchange);
  if (message === undefined) {
    const text = body.slice(0, EXCERPT_LENGTH);
    if (status >= 400) return { ok: false, cause: 'http', text };
    return { ok: false, cause: 'no-answer', text: `status ${status}, and no answer in: ${text}` };
  }
  const { error, result } = message;
  if (isRecord(error)) {
    const reason = error['message'];
    return { ok: false, cause: 'rpc', text: typeof reason === 'string' ? reason : '' };
  }
  if (!isRecord(result)) return { ok: false, cause: 'no-answer', text: body.slice(0, 300) };
  if (result['isError'] === true) return { ok: false, cause: 'tool', text: resultText(result) };
  return { ok: true, result };
}

/** An error with a null id answers whatever was asked, so it counts where the status says error. */
function messageFor(
  id: number,
  status: number,
  { contentType, body }: Exchange,
): Readonly<Record<string, unknown>> | undefined {
  const texts = contentType.startsWith('text/event-stream') ? eventsOf(body) : [body];
  for (const text of texts) {
    const message = parse(text);
    if (!isRecord(message)) continue;
    if (message['id'] === id || (status >= 400 && isRecord(message['error']))) return message;
  }
  return undefined;
}

/** The data of each event; a stream that broke off has an incomplete last one, which is no JSON. */
function eventsOf(body: string): readonly string[] {
  return body.split(/\r?\n\r?\n/).map((event) =>
    event
      .split(/\r?\n/)
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(5))
      .join('\n'),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
