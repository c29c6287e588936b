/** GET and DELETE on the endpoint: requests whose answer is a status, recorded like calls. */

import type { Outcome } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import { AnswerReader } from './answer-reader.ts';
import { type Exchange, type HttpChannel, SESSION_HEADER } from './http-channel.ts';
import { isResponse, type RpcCall, type RpcResponse } from './json-rpc.ts';
import { classify, type Observation } from './outcome.ts';

export interface VerbSpec {
  readonly recorder: Recorder;
  readonly session: string;
  readonly user: string | undefined;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly hostile: boolean;
  readonly body?: string;
}

export interface StreamSpec extends VerbSpec {
  onServerRequest(request: RpcCall): void;
}

export interface OpenedStream {
  /** With the headers of an event stream, or the end of any other answer. */
  readonly outcome: Promise<Outcome>;
  readonly exchange: Exchange;
}

/** Resolves with the complete answer, or after `deadlineMs`. */
export function sendVerb(channel: HttpChannel, spec: VerbSpec): Promise<Outcome> {
  return exchangeVerb(channel, spec, undefined).outcome;
}

/** Its messages go into the history until the exchange is destroyed. */
export function openEventStream(channel: HttpChannel, spec: StreamSpec): OpenedStream {
  return exchangeVerb(channel, spec, spec);
}

function exchangeVerb(
  channel: HttpChannel,
  spec: VerbSpec,
  stream: StreamSpec | undefined,
): OpenedStream {
  const settle = recordVerb(spec);
  let status = 0;
  let headers: Readonly<Record<string, string>> = {};
  let reader: AnswerReader | undefined;
  let error: RpcResponse | undefined;
  const exchange = channel.send(spec.method, spec.headers, spec.body, {
    head: (received, { [SESSION_HEADER]: _secret, ...kept }) => {
      status = received;
      headers = kept;
      reader = new AnswerReader(kept['content-type'] ?? '', (message) => {
        if (isResponse(message)) error = 'error' in message ? message : undefined;
        else if (stream !== undefined) takeMessage(stream, message);
      });
      // An open stream is the answer to a GET; to anything else it would only be its beginning.
      if (stream !== undefined && reader.isStream)
        settle.with({ kind: 'http', status, headers, body: '' });
    },
    chunk: (text) => void reader?.feed(text),
    end: () => {
      reader?.end();
      if (error !== undefined) settle.with({ kind: 'answer', status, headers, message: error });
      else settle.with({ kind: 'http', status, headers, body: reader?.body ?? '' });
    },
    broken: (message, code) =>
      settle.with({ kind: 'broken', message, ...(code !== undefined && { code }) }),
  });
  settle.after(spec.deadlineMs, () => exchange.destroy());
  return { outcome: settle.outcome, exchange };
}

function takeMessage(stream: StreamSpec, message: RpcCall): void {
  const { method, params } = message;
  stream.recorder.record({
    kind: 'message',
    session: stream.session,
    method,
    ...(params !== undefined && { params }),
  });
  if (message.id !== undefined) stream.onServerRequest(message);
}

interface Settling {
  readonly outcome: Promise<Outcome>;
  with(observation: Observation): void;
  after(deadlineMs: number, giveUp: () => void): void;
}

function recordVerb(spec: VerbSpec): Settling {
  const { recorder, session, user, method, deadlineMs, hostile } = spec;
  const op = recorder.nextOp();
  recorder.record({
    kind: 'invoke',
    op,
    session,
    method,
    deadlineMs,
    ...(user !== undefined && { user }),
    ...(hostile && { hostile: true as const }),
  });
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  let timer: NodeJS.Timeout | undefined;
  let isSettled = false;
  const settle = (observation: Observation): void => {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(timer);
    const outcome = classifyVerb(observation);
    recorder.record({ kind: 'complete', op, outcome });
    resolve(outcome);
  };
  return {
    outcome: promise,
    with: settle,
    after: (ms, giveUp) => {
      if (isSettled) return;
      timer = setTimeout(() => {
        settle({ kind: 'timeout', deadlineMs: ms });
        giveUp();
      }, ms);
    },
  };
}

/** Any success is the answer: these verbs carry no JSON-RPC. */
function classifyVerb(observation: Observation): Outcome {
  if (observation.kind !== 'http' || observation.status >= 400) return classify(observation);
  const { status, headers, body } = observation;
  return {
    type: 'ok',
    kind: 'result',
    status,
    headers,
    ...(body !== '' && { excerpt: body.slice(0, 300) }),
  };
}
