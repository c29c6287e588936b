/**
 * What must hold, as data: only the rows that a scenario or a check cites. `level` is the
 * specification's word where it has one; "gateway" marks what follows from being a gateway and
 * is held as a claim, not as a rule of MCP.
 */

export interface Requirement {
  readonly level: 'MUST' | 'SHOULD' | 'gateway';
  readonly text: string;
  readonly source: string;
}

const TRANSPORTS = 'MCP 2025-11-25, Transports';
const CANCELLATION = 'MCP 2025-11-25, Cancellation';
const LIFECYCLE = 'MCP 2025-11-25, Lifecycle';
const SECURITY = 'MCP 2025-11-25, Security best practices';

export const REQUIREMENTS = {
  'ISO-01': {
    level: 'MUST',
    text: 'An answer goes to the request that caused it and to no other, even where many sessions use the same ids.',
    source: `JSON-RPC 2.0, Response object; ${TRANSPORTS}`,
  },
  'ISO-02': {
    level: 'gateway',
    text: 'Two downstream sessions never share a stateful upstream session, whatever user or credential they have.',
    source: 'IBM/mcp-context-forge#4205, #2055',
  },
  'ISO-10': {
    level: 'MUST',
    text: 'A cancellation cancels a request of the session that sent it, and nothing else.',
    source: CANCELLATION,
  },
  'ISO-16': {
    level: 'gateway',
    text: 'After a broken exchange upstream nothing of it is used for another request.',
    source: 'IBM/mcp-context-forge#3520',
  },
  'SES-04': {
    level: 'MUST',
    text: 'A request with the id of a session that was ended, or that never was, gets 404.',
    source: `${TRANSPORTS}, Session management`,
  },
  'SES-06': {
    level: 'MUST',
    text: 'A 404 from upstream ends in a new session or in a 404 downstream, never in a session that is broken for good.',
    source: `${TRANSPORTS}, Session management; sparfenyuk/mcp-proxy#149`,
  },
  'SES-07': {
    level: 'gateway',
    text: 'Concurrent requests that need an upstream session open it once.',
    source: 'Kuadrant/mcp-gateway#976',
  },
  'SES-08': {
    level: 'gateway',
    text: 'Fresh upstream state is never passed off as the old: it is restored, or its loss is told first.',
    source: 'IBM/mcp-context-forge#6685',
  },
  'SES-09': {
    level: 'MUST',
    text: 'DELETE ends the session, its id is 404 afterwards, and the upstream session is released.',
    source: `${TRANSPORTS}, Session management`,
  },
  'SES-12': {
    level: 'MUST',
    text: "A session id opens nothing when it comes with another user's credential.",
    source: `${SECURITY}, Session hijacking`,
  },
  'SES-14': {
    level: 'gateway',
    text: 'An upstream session that does not answer any more is found out when it was idle, and replaced; its loss is told.',
    source: 'IBM/mcp-context-forge#3605',
  },
  'SES-17': {
    level: 'gateway',
    text: 'An old session id answers 404 or with its old state, never with lost state as if nothing had happened.',
    source: 'docker/mcp-gateway#505',
  },
  'SES-19': {
    level: 'MUST',
    text: 'Every request of a session carries the session id that its upstream gave, to that upstream only.',
    source: `${TRANSPORTS}, Session management`,
  },
  'SES-20': {
    level: 'MUST',
    text: 'No request id is used twice within one upstream session.',
    source: 'MCP 2025-11-25, Base protocol, Requests',
  },
  'STR-01': {
    level: 'MUST',
    text: 'A request is answered with JSON or an event stream, an accepted notification with 202.',
    source: TRANSPORTS,
  },
  'STR-02': {
    level: 'MUST',
    text: 'GET is answered with an event stream or with 405.',
    source: `${TRANSPORTS}, Listening for messages; IBM/mcp-context-forge#4284`,
  },
  'STR-09': {
    level: 'SHOULD',
    text: 'A client that disconnects has not cancelled its request.',
    source: `${TRANSPORTS}, Sending messages`,
  },
  'STR-12': {
    level: 'gateway',
    text: 'An upstream exchange that ends without an answer ends in one error downstream, soon.',
    source: 'IBM/mcp-context-forge#3520; NousResearch/hermes-agent#19417',
  },
  'STR-19': {
    level: 'gateway',
    text: 'After faults and ended sessions, what the gateway holds returns to its resting level.',
    source: 'supergateway#108; metatool-ai/metamcp#162',
  },
  'VER-01': {
    level: 'MUST',
    text: 'Initialization is the first interaction of a session and happens once, on each side.',
    source: LIFECYCLE,
  },
  'TMO-01': {
    level: 'SHOULD',
    text: 'Every request upstream has a timeout, and at its end the client gets an error.',
    source: `${LIFECYCLE}, Timeouts`,
  },
  'TMO-05': {
    level: 'SHOULD',
    text: 'A cancellation is passed upstream under the id that the upstream knows.',
    source: `${CANCELLATION}; Kuadrant/mcp-gateway#422`,
  },
  'RTY-01': {
    level: 'gateway',
    text: 'A call whose delivery is in doubt reaches the upstream at most once; its client gets an error.',
    source: 'QwenLM/qwen-code#9962; MCP 2025-11-25, Tools, idempotentHint',
  },
  'RTY-06': {
    level: 'gateway',
    text: 'One failing or slow upstream, session or call does not hold up the others.',
    source: 'agentgateway#1266; avelino/mcp#51',
  },
  'AGG-02': {
    level: 'SHOULD',
    text: 'Names of several upstreams are told apart, and a call reaches the upstream that it names.',
    source: 'MCP 2025-11-25, Tools, Tool names; PrefectHQ/fastmcp#1245',
  },
  'OPS-01': {
    level: 'gateway',
    text: 'SIGTERM finishes what can finish, ends upstream sessions, and ends the process within a bound.',
    source: 'mark3labs/mcp-go#922; embabel/embabel-agent#1766',
  },
  'OPS-08': {
    level: 'gateway',
    text: 'Under load requests are refused in words; they do not queue without limit.',
    source: 'IBM/mcp-context-forge#4981',
  },
  'OPS-09': {
    level: 'gateway',
    text: 'A change or failure of one upstream leaves unrelated sessions alone, and ends those it concerns.',
    source: 'agentgateway#1266; IBM/mcp-context-forge#4299',
  },
} as const satisfies Readonly<Record<string, Requirement>>;

export type RequirementId = keyof typeof REQUIREMENTS;
