/** All randomness of a run comes from its seed, by named sub-streams, so that adding one does not shift another. */

import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { createHash } from 'node:crypto';

export interface Random {
  /** A whole number in [min, max], both included. */
  int(min: number, max: number): number;
  /** An independent stream; the same name gives the same stream. */
  fork(name: string): Random;
}

export function randomFrom(seed: number, path = ''): Random {
  const digest = createHash('sha256').update(`${seed}/${path}`).digest();
  const generator = xoroshiro128plus(digest.readInt32LE(0));
  return {
    int: (min, max) => uniformInt(generator, min, max),
    fork: (name) => randomFrom(seed, `${path}/${encodeURIComponent(name)}`),
  };
}
