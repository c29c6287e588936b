/** What there is to say of a run that was interrupted before anything could be judged. */

import type { RunResult } from '../run/result.ts';
import { durationText } from './duration-text.ts';

export function interruptedText({ error, durationMs, out }: RunResult): string {
  const after = `${error ?? 'interrupted'} after ${durationText(durationMs)}`;
  return `${after}, before anything was judged; what was recorded by then is in ${out}`;
}
