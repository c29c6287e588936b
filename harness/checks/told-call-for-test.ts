/** One call of a story, turned into what the client and the upstream wrote of it. */

import type { InvokeEvent, NewEvent, Outcome } from '../history/event.ts';
import type { LedgerLine } from '../history/ledger.ts';
import { broken, timedOut } from './outcomes-for-test.ts';

/** An upstream session. */
export interface Home {
  readonly upstream: string;
  readonly epoch: string;
  readonly session: string;
  readonly nonce: string;
  value: number;
}

/** What is out of the ordinary in a call. */
export interface Told {
  /** When it is sent, in milliseconds; default: when the last call without a time of its own ended. */
  readonly at?: number;
  /** How long its client waits for the answer. Default 4. */
  readonly takes?: number;
  readonly upstream?: string;
  /** The upstream sessions that it reaches, in this order; default: its client's own. */
  readonly by?: readonly Home[];
  /** How often each of them applies it. Default: once, if it is an increment and not refused. */
  readonly applied?: number;
  /** Default: the fixture's answer. Null: the history has none. */
  readonly outcome?: Outcome | null;
  /** Put over the fixture's payload. */
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly again?: Outcome;
  readonly giveUp?: { readonly how: 'cancel' | 'abort'; readonly at: number };
  readonly invoke?: Partial<InvokeEvent>;
  readonly how?: string;
}

export interface TimedCall extends Told {
  readonly client: { readonly label: string; readonly user: string };
  readonly method: string;
  readonly tool?: string;
  readonly at: number;
  readonly takes: number;
  readonly by: readonly Home[];
  readonly number: number;
}

export type Timed<T> = T extends unknown ? T & { readonly atMs: number } : never;
export type NewLine = LedgerLine extends infer L
  ? L extends LedgerLine
    ? Omit<L, 'seq' | 'atMs'>
    : never
  : never;

/** A ledger line before it is numbered. */
export type ToldLine = Timed<NewLine> & { readonly upstream: string };

const INCREMENTING = ['increment', 'slow_increment', 'break', 'hang'];

interface Application {
  readonly home: Home;
  readonly before: number;
  readonly after: number;
}

export function middleOf({ at, takes }: TimedCall): number {
  return at + Math.min(takes, 1_000) / 2;
}

export function appliedBy(call: TimedCall): readonly Application[] {
  const isIncrement = INCREMENTING.includes(call.tool ?? '') && call.how !== 'never';
  const times = call.applied ?? (isIncrement ? 1 : 0);
  return call.by.flatMap((home) =>
    Array.from({ length: times }, () => {
      const before = home.value++;
      return { home, before, after: home.value };
    }),
  );
}

function opIdOf({ client, number, invoke }: TimedCall): string {
  return invoke?.opId ?? `${client.label}.${number}`;
}

export function linesOf(call: TimedCall, applied: readonly Application[]): readonly ToldLine[] {
  const { by: homes, at, takes, tool = '', number, method } = call;
  const opId = opIdOf(call);
  const middle = middleOf(call);
  const of = ({ upstream, epoch, session }: Home) => ({ upstream, epoch, session });
  const about = { opId, tool, requestId: number };
  const isAnswered = call.outcome === undefined && !['break', 'hang'].includes(tool);
  return [
    ...homes.map((home) => ({
      kind: 'request' as const,
      method,
      ...about,
      ...of(home),
      atMs: middle - 0.2,
    })),
    ...applied.map(({ home, before, after }) => ({
      kind: 'apply' as const,
      opId,
      before,
      after,
      ...of(home),
      atMs: middle,
    })),
    ...homes
      .filter(() => tool === 'break')
      .map((home) => ({
        kind: 'break' as const,
        how: call.how ?? 'close-before',
        ...about,
        ...of(home),
        atMs: middle + 0.1,
      })),
    ...homes
      .filter(() => isAnswered)
      .map((home) => ({ kind: 'answer' as const, ...about, ...of(home), atMs: at + takes - 0.5 })),
  ];
}

export function eventsOf(call: TimedCall, value: number): readonly Timed<NewEvent>[] {
  const { client, method, tool, at, takes, number: op, upstream, giveUp, again } = call;
  const home = call.by.at(-1);
  const invoke = {
    kind: 'invoke' as const,
    op,
    session: client.label,
    user: client.user,
    method,
    requestId: op,
    deadlineMs: 10_000,
    ...(method === 'tools/call' && {
      opId: opIdOf(call),
      upstream: upstream ?? home?.upstream ?? 'counter',
    }),
    ...(tool !== undefined && { tool }),
    ...(tool === 'echo' && { tag: `tag-${op}` }),
    ...call.invoke,
    atMs: at,
  };
  const outcome =
    call.outcome === undefined ? answerOf(invoke, home, value, call.payload) : call.outcome;
  const complete = (what: Outcome, atMs: number) => ({
    kind: 'complete' as const,
    op,
    outcome: what,
    atMs,
  });
  return [
    invoke,
    ...(giveUp === undefined
      ? []
      : [{ kind: 'give-up' as const, op, how: giveUp.how, atMs: giveUp.at }]),
    ...(outcome === null ? [] : [complete(outcome, at + takes)]),
    ...(again === undefined ? [] : [complete(again, at + takes + 1)]),
  ];
}

/** What the fixture says when nothing goes wrong but what it was asked to do wrong. */
function answerOf(
  { tool, opId, tag, deadlineMs }: Pick<InvokeEvent, 'tool' | 'opId' | 'tag' | 'deadlineMs'>,
  home: Home | undefined,
  value: number,
  over: Readonly<Record<string, unknown>> | undefined,
): Outcome {
  if (tool === 'hang') return timedOut(deadlineMs);
  if (tool === 'break') return broken();
  const echo = { opId, epoch: home?.epoch, nonce: home?.nonce, ...over };
  if (tool === 'fail') {
    return {
      type: 'info',
      kind: 'tool-error',
      status: 200,
      message: '{"error":"failed as asked"}',
      payload: echo,
    };
  }
  if (tool === undefined) return { type: 'ok', kind: 'result', status: 200 };
  return { type: 'ok', kind: 'result', status: 200, payload: { ...ownOf(), ...echo } };

  function ownOf(): Readonly<Record<string, unknown>> {
    if (tool === 'echo') return { tag };
    if (tool === 'whoami') return { headers: {} };
    return { value: tool === 'progress' ? 99 : value };
  }
}
