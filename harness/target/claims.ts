/** What a target says of itself. A check outside the claims is not applicable; one inside them is judged. */

export interface Claims {
  /** What the target itself claims; the rest is our contract with every gateway, the defaults below. */
  readonly declared: readonly ClaimName[];
  /** How downstream sessions map to upstream ones. */
  readonly sessions: 'per-client' | 'shared' | 'stateless';
  /** How many upstreams one endpoint can serve. */
  readonly upstreams: 'one' | 'many';
  readonly transports: readonly ('streamable-http' | 'sse')[];
  readonly revisions: readonly string[];
  /** `tools/call` is never sent twice. */
  readonly replay: 'never' | 'may';
  /** Whether a client is told that its state upstream is gone. */
  readonly loss: 'told' | 'silent';
  /** From SIGTERM to the end of the process, in milliseconds. */
  readonly shutdownMs: number;
  /** How long one request may take before the target answers it with an error, in milliseconds. */
  readonly requestTimeoutMs?: number;
  /** GET without a session is answered 405 with Allow. */
  readonly getWithoutSession?: '405';
  /** It can be served below a path prefix. */
  readonly pathPrefix: boolean;
  /** It can be told to examine idle upstream sessions before it uses them again. */
  readonly idleProbe: boolean;
  /** Notifications/cancelled reaches the upstream. */
  readonly cancellation: boolean;
  /** Upstreams can be added, changed and removed while it runs. */
  readonly admin: boolean;
  /** Users that it promises to hold; without it, refusals under load are capacity. */
  readonly users?: number;
}

export type ClaimName = Exclude<keyof Claims, 'declared'>;

/** What every gateway is held to that claims nothing; see "default contract" in the reports. */
export const DEFAULT_CLAIMS: Claims = {
  declared: [],
  sessions: 'per-client',
  upstreams: 'one',
  transports: ['streamable-http'],
  revisions: ['2025-11-25'],
  replay: 'never',
  loss: 'told',
  shutdownMs: 10_000,
  pathPrefix: false,
  idleProbe: false,
  cancellation: true,
  admin: false,
};
