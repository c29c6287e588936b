import type { Dispatcher } from 'undici';
import type { Timed } from '../lifecycle/deadlines.ts';

/** Collects the HTTP status of a request whose body does not matter. */
export class Acknowledgement implements Dispatcher.DispatchHandler, Timed {
  readonly #outcome = Promise.withResolvers<number>();
  #controller: Dispatcher.DispatchController | undefined;
  #isLate = false;
  due: Timed['due'];

  get promise(): Promise<number> {
    return this.#outcome.promise;
  }

  /** False while no byte of the request can have left. */
  get wasSent(): boolean {
    return this.#controller !== undefined;
  }

  expire(): void {
    this.#isLate = true;
    const late = new Error('no answer in time');
    this.#controller?.abort(late);
    this.#outcome.reject(late);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isLate) controller.abort(new Error('no answer in time'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#outcome.resolve(status);
  }

  onResponseData(): void {}

  onResponseEnd(): void {}

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#outcome.reject(error);
  }
}
