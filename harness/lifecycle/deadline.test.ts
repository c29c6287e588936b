import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadline, DeadlineExceededError, until, within } from './deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => undefined);

/** What a wait fails with; handled from the beginning, so that it may fail at any time. */
async function failure(wait: Promise<unknown>): Promise<unknown> {
  try {
    return `no failure, but ${JSON.stringify(await wait)}`;
  } catch (error) {
    return error;
  }
}

test('resolves to what the work resolves to', async () => {
  await expect(within(1_000, 'the answer', Promise.resolve(42))).resolves.toBe(42);
  expect(vi.getTimerCount()).toBe(0);
});

test('rejects with what the work rejects with', async () => {
  await expect(within(1_000, 'it', Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});

test('names what it waited for and how long', async () => {
  const failed = failure(within(1_000, 'the answer', never));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await failed).toEqual(
    new DeadlineExceededError('gave up waiting for the answer after 1000 ms'),
  );
});

test('is over when its parent is, before or meanwhile, with the reason of that', async () => {
  const parent = new AbortController();
  const meanwhile = failure(within(1_000, 'it', never, parent.signal));
  parent.abort(new Error('interrupted'));
  expect(await meanwhile).toEqual(new Error('interrupted'));
  const before = failure(within(1_000, 'it', never, parent.signal));
  expect(await before).toEqual(new Error('interrupted'));
  expect(vi.getTimerCount()).toBe(0);
});

test('does not fire once it is disposed', async () => {
  const parent = new AbortController();
  const deadline = new Deadline(1_000, 'it', parent.signal);
  deadline[Symbol.dispose]();
  parent.abort();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(deadline.signal.aborted).toBe(false);
});

test('takes Infinity for a very long time, and not for none', () => {
  const setTimer = vi.spyOn(globalThis, 'setTimeout');
  using deadline = new Deadline(Infinity, 'it');
  expect(setTimer.mock.lastCall?.[1]).toBe(2 ** 31 - 1);
  expect(deadline.signal.aborted).toBe(false);
});

test('leaves no unhandled rejection when the work fails after the deadline', async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  const failed = failure(within(10, 'it', promise));
  await vi.advanceTimersByTimeAsync(10);
  expect(await failed).toBeInstanceOf(DeadlineExceededError);
  reject(new Error('too late'));
  await vi.advanceTimersByTimeAsync(10);
});

test('polls until the condition gives something, be it zero or empty', async () => {
  const values = [undefined, false, 0] as const;
  let asked = 0;
  const waiting = until(1_000, 'a value', () => values[asked++]);
  await vi.advanceTimersByTimeAsync(30);
  expect(await waiting).toBe(0);
});

test('gives up polling a condition that never holds, never ends, or throws', async () => {
  const idle = failure(until(100, 'a flag', () => false));
  const stuck = failure(until(100, 'an end', () => never));
  const failing = failure(
    until(100, 'it', () => {
      throw new Error('broken condition');
    }),
  );
  await vi.advanceTimersByTimeAsync(120);
  expect(await idle).toEqual(new DeadlineExceededError('gave up waiting for a flag after 100 ms'));
  expect(await stuck).toEqual(new DeadlineExceededError('gave up waiting for an end after 100 ms'));
  expect(await failing).toEqual(new Error('broken condition'));
});
