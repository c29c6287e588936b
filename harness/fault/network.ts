/** Faults between target and fixture, by Toxiproxy. toxicity is always 1 and jitter 0: Toxiproxy's own randomness has no seed. */

export type NetworkFault =
  /** FIN on every live connection, refused afterwards. */
  | { readonly kind: 'down' }
  /** Bytes are swallowed both ways, connections stay open (toxic `timeout` 0). Healing closes what was stuck. */
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'latency'; readonly latencyMs: number }
  /** RST to connections made from now on. */
  | { readonly kind: 'reset' }
  /** Each new connection is closed after this many bytes of answer. */
  | { readonly kind: 'limit-data'; readonly bytes: number }
  | { readonly kind: 'slicer'; readonly bytes: number; readonly delayUs: number }
  | { readonly kind: 'bandwidth'; readonly kilobytesPerSecond: number };
