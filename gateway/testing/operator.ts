/** The admin API of a gateway process, for tests. */

import type { GatewayProcess } from './gateway-process.ts';

export const OPERATOR_TOKEN = 'operator';

export interface AdminReply {
  readonly status: number;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function ask(
  gateway: GatewayProcess,
  method: string,
  path: string,
  body?: unknown,
): Promise<AdminReply> {
  const response = await fetch(`${gateway.admin}${path}`, {
    method,
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, connection: 'close' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = text === '' ? {} : (JSON.parse(text) as AdminReply['body']);
  return { status: response.status, text, body: parsed };
}
