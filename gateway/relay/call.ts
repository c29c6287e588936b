/** A client's request on its way: what was asked, who waits, and where it was sent. */

import type { Answer } from '../downstream/answer.ts';
import type { DownstreamSession } from '../downstream/session.ts';
import type { Failure } from '../jsonrpc/failure.ts';
import { paramsOf, type Message } from '../jsonrpc/message.ts';
import type { Timed } from '../lifecycle/deadlines.ts';
import type { Sink } from '../upstream/exchange.ts';
import type { PassedHeaders } from '../upstream/passed-headers.ts';
import type { InFlight, UpstreamSession } from '../upstream/session.ts';

export interface CallHost {
  passed(leg: Leg, message: Message): Promise<void> | undefined;
  answered(call: Call, message: Message): void;
  failed(call: Call, failure: Failure): void;
  expired(call: Call): void;
}

/** From here on, what a request's arguments became when parsed is worth forgetting while it waits. */
const LARGE_BYTES = 64 * 1024;

/** A large request as routing reads it; its bytes are whole. Parsed, it takes thirty times as much. */
function outlined(message: Message): Message {
  if (message.bytes.length <= LARGE_BYTES) return message;
  const { cursor, level, uri } = paramsOf(message);
  const texts = Object.entries({ cursor, level, uri }).filter(([, one]) => typeof one === 'string');
  return { ...message, body: { params: Object.fromEntries(texts) } };
}

export class Call implements Timed {
  readonly host: CallHost;
  readonly session: DownstreamSession;
  readonly message: Message;
  readonly answer: Answer;
  /** Headers of this request of which an upstream may be given some. */
  readonly headers: PassedHeaders;
  readonly startedAt = performance.now();
  readonly legs: Leg[] = [];
  /** The upstream it is for; "" where it is for none or for all. */
  upstream = '';
  isSettled = false;
  due: Timed['due'];

  constructor(host: CallHost, session: DownstreamSession, message: Message, answer: Answer) {
    this.host = host;
    this.session = session;
    this.message = outlined(message);
    this.answer = answer;
    this.headers = session.passed;
  }

  /** Whether any upstream may have seen it. */
  get wasSent(): boolean {
    return this.legs.some((leg) => leg.inFlight?.wasSent === true);
  }

  expire(): void {
    this.host.expired(this);
  }
}

/** One request to one upstream on behalf of a call, under the id that the upstream knows it by. */
export class Leg implements Sink {
  readonly call: Call;
  readonly session: UpstreamSession;
  readonly idText: string;
  inFlight: InFlight | undefined;
  /** Under which the upstream tells of its progress, as JSON text. */
  progressToken: string | undefined;
  isCancelled = false;

  constructor(call: Call, session: UpstreamSession, idText: string) {
    this.call = call;
    this.session = session;
    this.idText = idText;
  }

  passed(message: Message): Promise<void> | undefined {
    return this.call.isSettled ? undefined : this.call.host.passed(this, message);
  }

  keepAlive(): void {
    if (!this.call.isSettled) this.call.answer.keepAlive();
  }

  answered(message: Message): void {
    this.call.host.answered(this.call, message);
  }

  failed(failure: Failure): void {
    this.call.host.failed(this.call, failure);
  }
}

/** For a client: a message in its own terms, and the call on whose stream it goes, if any. */
export interface ForClient {
  readonly message: Message;
  readonly call: Call | undefined;
}
