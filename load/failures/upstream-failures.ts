/** Every way in which an upstream is made to fail, with what the reference gateway promises for it. */

import type { BreakHow } from '../../harness/wire/session.ts';
import type { Ending, UpstreamFailure } from './upstream-failure.ts';

/** The gateway under measurement answers for a silent upstream after this long, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 1_500;

const ANSWER: Ending = { kind: 'answer' };
const LOST: Ending = { kind: 'lost' };
const maybe = (reason: string): Ending => ({ kind: 'error', reason, maybeApplied: true });
const not = (reason: string): Ending => ({ kind: 'error', reason, maybeApplied: false });

/** What the failures of one group have in common. */
type Common = Pick<UpstreamFailure, 'endedBy' | 'ending' | 'applied' | 'afterwards'>;

const BROKEN: Common = {
  endedBy: 'break',
  ending: maybe('broken'),
  applied: 1,
  afterwards: 'goes on',
};
const INVALID: Common = { ...BROKEN, ending: maybe('invalid') };
const CRASHED: Common = { ...BROKEN, ending: maybe('refused') };
const REFUSED: Common = { ...BROKEN, ending: not('refused'), applied: 0 };
const ANSWERED: Common = { ...BROKEN, ending: ANSWER };
const SILENT: Common = { ...BROKEN, endedBy: 'timeout', ending: maybe('timeout') };
const TOLD: Common = { ...BROKEN, ending: LOST, applied: 0, afterwards: 'ended' };

/** One call, whose answer is spoiled in this way. */
function spoiled(how: BreakHow, what: string, common: Common): UpstreamFailure {
  const apply = common.applied === 0 ? { apply: 'never' as const } : {};
  return { id: how, what, strike: { call: how, ...apply }, ...common };
}

const CONNECTION: readonly UpstreamFailure[] = [
  spoiled('reset-before', 'resets the connection instead of answering', BROKEN),
  spoiled('close-before', 'closes the connection instead of answering', BROKEN),
  spoiled('reset-headers', 'resets it in the middle of the headers', BROKEN),
  spoiled('close-headers', 'closes it in the middle of the headers', BROKEN),
  spoiled('reset-during', 'resets it in the middle of the body', BROKEN),
  spoiled('close-during', 'closes it in the middle of the body', BROKEN),
  spoiled('reset-after', 'resets it right after the answer', ANSWERED),
  spoiled('close-after', 'closes it right after the answer', ANSWERED),
  spoiled('two-responses', 'sends a second HTTP response that nobody asked for', ANSWERED),
  spoiled('not-http', 'answers something that is not HTTP', BROKEN),
  {
    id: 'refused',
    what: 'refuses connections',
    strike: { fault: { kind: 'down' }, when: 'during' },
    through: 'proxy',
    ...REFUSED,
    ending: not('unreachable'),
  },
  {
    id: 'cut-under-way',
    what: 'closes every connection while a call is under way',
    strike: { fault: { kind: 'down' }, when: 'before' },
    through: 'proxy',
    ...BROKEN,
  },
  {
    id: 'cut-while-idle',
    what: 'closed its idle keep-alive connections before the call',
    strike: { fault: { kind: 'down' }, when: 'after' },
    through: 'proxy',
    ...ANSWERED,
  },
  {
    id: 'refused-to-initialize',
    what: 'refuses connections when a session is opened',
    strike: { fault: { kind: 'down' }, when: 'during', operation: 'initialize' },
    through: 'proxy',
    ...REFUSED,
    ending: not('unreachable'),
  },
];

const ANSWERS: readonly UpstreamFailure[] = [
  spoiled('truncate', 'cuts the JSON short', INVALID),
  spoiled('invalid-json', 'answers what is not JSON', INVALID),
  spoiled('invalid-utf8', 'answers what is not UTF-8', INVALID),
  spoiled('empty', 'answers 200 and nothing', INVALID),
  spoiled('html', 'answers 200 and HTML', INVALID),
  spoiled('text', 'answers 200 and plain text', INVALID),
  spoiled('status-202', 'answers a request with 202', INVALID),
  spoiled('status-204', 'answers a request with 204', INVALID),
  spoiled('wrong-id', 'answers under an id that nobody used', INVALID),
  spoiled('other-id', 'answers under the id of another call', INVALID),
  spoiled('wrong-session', 'names another session in the answer’s headers', ANSWERED),
  { ...spoiled('huge', 'answers with 66 MiB', INVALID), isHeavy: true },
  spoiled('sse-cut', 'ends the event stream in the middle of the answer', BROKEN),
  spoiled('sse-reset', 'resets the event stream in the middle of the answer', BROKEN),
  spoiled('sse-ends', 'ends the event stream without the answer', BROKEN),
  spoiled('sse-twice', 'answers twice on the event stream', ANSWERED),
];

const STATUSES: readonly UpstreamFailure[] = [
  spoiled('status-307', 'redirects', REFUSED),
  spoiled('status-400', 'answers 400, once', REFUSED),
  spoiled('status-401', 'answers 401, once', REFUSED),
  spoiled('status-403', 'answers 403, once', REFUSED),
  spoiled('status-410', 'answers 410, once', REFUSED),
  spoiled('status-429', 'answers 429, once', REFUSED),
  spoiled('status-500', 'answers 500, once', CRASHED),
  spoiled('status-502', 'answers 502, once', CRASHED),
  spoiled('status-503', 'answers 503, once', CRASHED),
  {
    ...spoiled('rpc-500', 'answers 500 with a JSON-RPC error to this call', CRASHED),
    ending: { kind: 'error' },
  },
  {
    id: 'initialize-500',
    what: 'answers 500 when a session is opened',
    strike: {
      fault: { kind: 'status', status: 500, times: 'always' },
      when: 'during',
      operation: 'initialize',
    },
    ...CRASHED,
    applied: 0,
  },
];

const LOSS: readonly UpstreamFailure[] = [
  spoiled('status-404', 'answers 404 and plain text', TOLD),
  spoiled('rpc-404', 'answers 404 with a JSON-RPC error', TOLD),
  {
    id: 'forgotten',
    what: 'has forgotten the session: 404',
    strike: { fault: { kind: 'forget-sessions' }, when: 'during' },
    ...TOLD,
  },
  ...([400, 410, 503] as const).map((status): UpstreamFailure => ({
    id: `forgotten-${status}`,
    what: `has forgotten the session and says ${status}`,
    strike: { fault: { kind: 'forget-sessions', status }, when: 'during' },
    ...TOLD,
    ending: status === 503 ? maybe('refused') : not('refused'),
  })),
  {
    id: 'forgotten-of-several',
    what: 'is one of several and has forgotten the session',
    strike: { fault: { kind: 'forget-sessions' }, when: 'during' },
    behind: 'several',
    ...TOLD,
    ending: not('lost'),
    afterwards: 'starts afresh',
  },
];

const SILENCE: readonly UpstreamFailure[] = [
  { id: 'hang', what: 'never answers this call', strike: { call: 'hang' }, ...SILENT },
  spoiled('stall', 'stops in the middle of the body', SILENT),
  {
    id: 'slow',
    what: 'drips its answer, and is done in half the request timeout',
    strike: { call: 'drip', delayMs: REQUEST_TIMEOUT_MS / 2 },
    ...ANSWERED,
  },
  {
    id: 'too-slow',
    what: 'drips its answer for longer than the request timeout',
    strike: { call: 'drip', delayMs: REQUEST_TIMEOUT_MS + 500 },
    ...SILENT,
  },
  {
    id: 'late',
    what: 'answers after the request timeout',
    strike: { call: 'late', delayMs: REQUEST_TIMEOUT_MS + 500 },
    ...SILENT,
  },
  {
    id: 'late-after-cancel',
    what: 'answers a call that its client has cancelled',
    strike: { call: 'late', delayMs: REQUEST_TIMEOUT_MS / 2, isCancelled: true },
    ...BROKEN,
    ending: { kind: 'cancelled' },
  },
  {
    id: 'blackhole',
    what: 'is behind a network that swallows everything',
    strike: { fault: { kind: 'blackhole' }, when: 'during' },
    through: 'proxy',
    ...SILENT,
    applied: 0,
  },
  {
    id: 'blackhole-under-way',
    what: 'is swallowed while a call is under way',
    strike: { fault: { kind: 'blackhole' }, when: 'before' },
    through: 'proxy',
    ...SILENT,
  },
  {
    id: 'deaf',
    what: 'accepts every request and answers none',
    strike: { fault: { kind: 'hang' }, when: 'during' },
    ...SILENT,
    applied: 0,
  },
  {
    id: 'silent-initialize',
    what: 'never answers when a session is opened',
    strike: { fault: { kind: 'hang' }, when: 'during', operation: 'initialize' },
    ...SILENT,
    applied: 0,
  },
  {
    id: 'silent-delete',
    what: 'never answers DELETE',
    strike: { fault: { kind: 'silent-delete' }, when: 'during', operation: 'delete' },
    ...ANSWERED,
    applied: 0,
    afterwards: 'ended',
  },
];

const PROCESS: readonly UpstreamFailure[] = [
  {
    id: 'stopped',
    what: 'is stopped, and its kernel accepts for it (half-open)',
    strike: { fault: { kind: 'stop' }, when: 'during' },
    // It reads what was sent as soon as it goes on.
    ...SILENT,
  },
  {
    id: 'stopped-under-way',
    what: 'is stopped while a call is under way',
    strike: { fault: { kind: 'stop' }, when: 'before' },
    ...SILENT,
  },
  {
    id: 'killed-under-way',
    what: 'is killed while a call is under way',
    strike: { fault: { kind: 'kill' }, when: 'before' },
    ...BROKEN,
    afterwards: 'ended',
  },
  {
    id: 'dead',
    what: 'is dead',
    strike: { fault: { kind: 'kill' }, when: 'during' },
    ...REFUSED,
    ending: not('unreachable'),
    afterwards: 'ended',
  },
  {
    id: 'dead-behind-proxy',
    what: 'is dead, and a proxy accepts for it and hangs up',
    strike: { fault: { kind: 'kill' }, when: 'during' },
    through: 'proxy',
    ...BROKEN,
    applied: 0,
    afterwards: 'ended',
  },
  {
    id: 'restarted',
    what: 'was restarted and lost its memory',
    strike: { fault: { kind: 'kill' }, when: 'after' },
    ...TOLD,
  },
  {
    id: 'restarted-of-several',
    what: 'is one of several, was restarted and lost its memory',
    strike: { fault: { kind: 'kill' }, when: 'after' },
    behind: 'several',
    ...TOLD,
    ending: not('lost'),
    afterwards: 'starts afresh',
  },
];

/** In the table's order, under its headings. */
export const UPSTREAM_FAILURES: Readonly<Record<string, readonly UpstreamFailure[]>> = {
  'The connection': CONNECTION,
  'The answer': ANSWERS,
  'The status': STATUSES,
  'The session is lost': LOSS,
  Silence: SILENCE,
  'The process': PROCESS,
};
