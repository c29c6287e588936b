/** Colours for people at a terminal; none in a pipe, a file, a dumb terminal, or where NO_COLOR asks for none. */

import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

export function coloursFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Colours {
  const isRefused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return pc.createColors(stream.isTTY === true && !isRefused);
}
