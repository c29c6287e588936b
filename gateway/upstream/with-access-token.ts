/**
 * Puts an access token on every request to an upstream. A 401 with a challenge is the upstream's word
 * that it did not carry the request out (RFC 9110, section 15.5.2), so that request, and no other,
 * goes out once more with a new token. A 401 without one may come from further back, after part of
 * the work was done: it is passed on as it is.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { AccessTokens } from './access-tokens.ts';

const REFUSED = new Error('refused with a challenge');

type Dispatch = Dispatcher['dispatch'];
type Controller = Dispatcher.DispatchController;

/** For `Dispatcher.compose`. Headers of requests must be flat arrays. */
export function withAccessToken(tokens: AccessTokens): (dispatch: Dispatch) => Dispatch {
  return (dispatch) => (options, handler) => {
    const send = (token: string, isAgain: boolean): void => {
      const headers = [...(options.headers as string[]), 'authorization', `Bearer ${token}`];
      const again = (): Promise<void> => tokens.instead(token).then((fresh) => send(fresh, true));
      const attempt = new Attempt(handler, isAgain ? undefined : again, () => tokens.pause());
      dispatch({ ...options, headers }, attempt);
    };
    const { current } = tokens;
    if (current !== undefined) send(current, false);
    else {
      tokens.ask().then(
        (token) => send(token, false),
        (error: Error) => handler.onResponseError?.(NOT_SENT, error),
      );
    }
    return true;
  };
}

/** The controller of a request that never left. */
const NOT_SENT: Controller = {
  aborted: true,
  paused: false,
  reason: null,
  rawHeaders: null,
  rawTrailers: null,
  abort: () => {},
  pause: () => {},
  resume: () => {},
};

class Attempt implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #again: (() => Promise<void>) | undefined;
  readonly #onRefusedAgain: () => void;
  #isOver = false;

  constructor(
    handler: Dispatcher.DispatchHandler,
    again: (() => Promise<void>) | undefined,
    onRefusedAgain: () => void,
  ) {
    this.#handler = handler;
    this.#again = again;
    this.#onRefusedAgain = onRefusedAgain;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onResponseStart(
    controller: Controller,
    status: number,
    headers: IncomingHttpHeaders,
    text?: string,
  ): void {
    if (status !== 401 || headers['www-authenticate'] === undefined) {
      this.#handler.onResponseStart?.(controller, status, headers, text);
    } else if (this.#again === undefined) {
      this.#onRefusedAgain();
      this.#handler.onResponseStart?.(controller, status, headers, text);
    } else {
      this.#isOver = true;
      controller.abort(REFUSED);
      this.#again().catch(() => {
        this.#handler.onResponseStart?.(controller, status, headers, text);
        this.#handler.onResponseEnd?.(controller, {});
      });
    }
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (!this.#isOver) this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void {
    if (!this.#isOver) this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller, error: Error): void {
    if (!this.#isOver) this.#handler.onResponseError?.(controller, error);
  }
}
