/** Seeded randomness inside k6, whose own Math.random has no seed. */

/** Numbers in [0, 1), the same for the same seed and stream: Marsaglia's xorshift32 over a mixed state. */
export function seeded(seed: number, stream: number): () => number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35)) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
