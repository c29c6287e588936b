import type { InvokeEvent } from '../history/event.ts';

export type CallAbout = Partial<Pick<InvokeEvent, 'tool' | 'opId' | 'tag' | 'delayMs' | 'apply'>>;

/** What the history keeps of a tool's arguments. */
export function callAbout(tool: string, args: Readonly<Record<string, unknown>>): CallAbout {
  const { opId, tag, delayMs, apply } = args;
  return {
    tool,
    ...(typeof opId === 'string' && { opId }),
    ...(typeof tag === 'string' && { tag }),
    ...(typeof delayMs === 'number' && { delayMs }),
    ...((apply === 'before' || apply === 'never') && { apply }),
  };
}
