/**
 * The HTTP status of a request whose body does not matter: what there is of it may end within a
 * moment and keep the socket, then it is cut.
 */

import type { Dispatcher } from 'undici';
import { Failure } from '../jsonrpc/failure.ts';
import type { Timed } from '../lifecycle/deadlines.ts';
import { connectionFailure } from './exchange.ts';
import type { SessionHost } from './session.ts';

const LATE = new Error('no answer in time');

export class Acknowledgement implements Dispatcher.DispatchHandler, Timed {
  due: Timed['due'];
  readonly #upstream: string;
  readonly #host: Pick<SessionHost, 'patience' | 'lingering'>;
  readonly #outcome = Promise.withResolvers<number>();
  #controller: Dispatcher.DispatchController | undefined;
  #isAnswered = false;
  #isLate = false;

  constructor(upstream: string, host: Pick<SessionHost, 'patience' | 'lingering'>) {
    this.#upstream = upstream;
    this.#host = host;
    host.patience.add(this);
  }

  /** Rejects with a Failure. */
  get status(): Promise<number> {
    return this.#outcome.promise;
  }

  /** False while no byte of the request can have left. */
  get wasSent(): boolean {
    return this.#controller !== undefined;
  }

  expire(): void {
    this.#isLate = true;
    const options = { maybeApplied: this.wasSent };
    this.#outcome.reject(
      new Failure('timeout', this.#upstream, 'it gave no answer in time', options),
    );
    this.#end();
    this.#controller?.abort(LATE);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isLate) controller.abort(LATE);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.#outcome.resolve(status);
    this.#end();
    this.#isAnswered = true;
    this.#host.lingering.add(this);
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end();
    this.#outcome.reject(connectionFailure(this.#upstream, error, this.wasSent));
  }

  #end(): void {
    const { lingering, patience } = this.#host;
    if (this.#isAnswered) lingering.delete(this);
    else patience.delete(this);
  }
}
