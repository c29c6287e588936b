/** Work that goes on beside its starter: nothing of it is lost, and its first failure is told when all of it is waited for. */

export class Tasks {
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  start(work: () => Promise<unknown>): void {
    const task = work().then(
      () => void this.#running.delete(task),
      (error: unknown) => {
        this.#running.delete(task);
        this.#failure ??= { error };
      },
    );
    this.#running.add(task);
  }

  /** Resolves when everything has ended, what was started meanwhile among it. @throws what failed first. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error as Error;
  }
}
