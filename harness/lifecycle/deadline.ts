/**
 * A bound on one wait, named after what it waits for.
 *
 * `AbortSignal.any` and `AbortSignal.timeout` are not used: composed, they were seen to lose
 * aborts (nodejs/node#57736, #65995), and a deadline that never fires looks like a hung target.
 */

/** Node fires a timer that is set for longer than this, Infinity included, at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';
}

export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #parent: AbortSignal | undefined;
  readonly #onParentAbort = (): void => this.#controller.abort(this.#parent?.reason);

  /** @param timeoutMs milliseconds until the wait is given up. @param what completes "gave up waiting for …". */
  constructor(timeoutMs: number, what: string, parent?: AbortSignal) {
    this.signal = this.#controller.signal;
    this.#parent = parent;
    this.#timer = setTimeout(
      () => {
        this.#controller.abort(
          new DeadlineExceededError(`gave up waiting for ${what} after ${timeoutMs} ms`),
        );
      },
      Math.min(timeoutMs, TIMER_MAX_MS),
    );
    if (parent?.aborted === true) this.#onParentAbort();
    else parent?.addEventListener('abort', this.#onParentAbort, { once: true });
  }

  /** The outcome of `work`, or a rejection with the deadline's reason, whichever is first. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => reject(this.signal.reason as Error);
      if (this.signal.aborted) onAbort();
      this.signal.addEventListener('abort', onAbort, { once: true });
      work.then(resolve, reject).finally(() => this.signal.removeEventListener('abort', onAbort));
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener('abort', this.#onParentAbort);
  }
}

/** Resolves to what `work` resolves to, or rejects after `timeoutMs` with a sentence that names the wait. */
export async function within<T>(
  timeoutMs: number,
  what: string,
  work: Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  using deadline = new Deadline(timeoutMs, what, parent);
  return await deadline.race(work);
}

/**
 * Polls `condition` until it returns something other than undefined or false.
 * For conditions that nothing announces: a file that grows, a counter behind HTTP.
 */
export async function until<T>(
  timeoutMs: number,
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  parent?: AbortSignal,
): Promise<T> {
  using deadline = new Deadline(timeoutMs, what, parent);
  for (;;) {
    const value = await deadline.race(Promise.resolve(condition()));
    if (value !== undefined && value !== false) return value;
    await deadline.race(new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS)));
  }
}

const POLL_INTERVAL_MS = 10;
