/** The handshake on the raw wire: initialize, initialized, and the tools of the fixtures. */

import type { RequestId } from '../history/event.ts';
import { nowMs } from '../lifecycle/clock.ts';
import {
  CLIENT_INFO,
  CONNECT_DEADLINE_MS,
  PROTOCOL_VERSION,
  type WireOptions,
} from './connect-options.ts';
import { SESSION_HEADER } from './http-channel.ts';
import type { RawCall } from './raw-call.ts';
import { RawSession } from './raw-session.ts';
import { ToolCatalogue } from './tool-catalogue.ts';

const PAGES_MAX = 50;

/** Never throws for what the target did: a session that did not open has `isOpen` false, and its history says why. */
export async function connectRaw(options: WireOptions): Promise<RawSession> {
  const session = new RawSession(options);
  const { protocolVersion = PROTOCOL_VERSION, deadlineMs = CONNECT_DEADLINE_MS } = options;
  const endMs = nowMs() + deadlineMs;
  const initialize = session.rawRequest(
    'initialize',
    { protocolVersion, capabilities: {}, clientInfo: CLIENT_INFO },
    deadlineMs,
  );
  const result = await resultOf(initialize);
  if (result === undefined) return session;
  const negotiated = result['protocolVersion'];
  const version = typeof negotiated === 'string' ? negotiated : protocolVersion;
  const id = initialize.responseHeaders[SESSION_HEADER];
  session.adoptId(id, version);
  if ((await session.notify('notifications/initialized')) >= 400) return session;
  const tools =
    knownTools(options) ?? new ToolCatalogue(await listTools(session, endMs), options.upstreams);
  session.adopt({ id, protocolVersion: version, tools });
  return session;
}

function knownTools({ toolsFrom }: WireOptions): ToolCatalogue | undefined {
  return toolsFrom instanceof RawSession ? toolsFrom.tools : undefined;
}

async function listTools(session: RawSession, endMs: number): Promise<readonly unknown[]> {
  const tools: unknown[] = [];
  let cursor: RequestId | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const result = await resultOf(
      session.rawRequest('tools/list', params, Math.max(1, endMs - nowMs())),
    );
    if (Array.isArray(result?.['tools'])) tools.push(...(result['tools'] as unknown[]));
    const next = result?.['nextCursor'];
    if (typeof next !== 'string' || next === '') break;
    cursor = next;
  }
  return tools;
}

async function resultOf(call: RawCall): Promise<Readonly<Record<string, unknown>> | undefined> {
  await call.outcome;
  return call.result;
}
