import type { InvokeEvent } from '../history/event.ts';

export type CallAbout = Partial<Pick<InvokeEvent, 'tool' | 'opId' | 'tag' | 'delayMs' | 'apply'>>;

/** What the history keeps of a tool's arguments. */
export function callAbout(tool: string, args: Readonly<Record<string, unknown>>): CallAbout {
  const { opId, tag, apply } = args;
  const delayMs = lengthOf(args);
  return {
    tool,
    ...(typeof opId === 'string' && { opId }),
    ...(typeof tag === 'string' && { tag }),
    ...(delayMs !== undefined && { delayMs }),
    ...((apply === 'before' || apply === 'never') && { apply }),
  };
}

/** How long the fixture takes for it, in milliseconds; undefined: nobody asked for any time. */
function lengthOf({
  delayMs,
  steps,
  intervalMs,
}: Readonly<Record<string, unknown>>): number | undefined {
  if (typeof delayMs === 'number') return delayMs;
  if (typeof steps === 'number' && typeof intervalMs === 'number') return steps * intervalMs;
  return undefined;
}
