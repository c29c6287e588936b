/** What the runner tells the k6 script, as one JSON text in the environment variable LOAD_SETTINGS. */

export interface UserGroup {
  /** The name of the upstream that these users work against. */
  readonly upstream: string;
  /** The target's MCP endpoint. */
  readonly url: string;
  /** The endpoint serves several upstreams, so that the tool's name must hold this one's. */
  readonly several: boolean;
  /** The credentials; user n gets entry n modulo the length. Never empty. */
  readonly headers: readonly Readonly<Record<string, string>>[];
}

export interface LoadSettings {
  /** Users are dealt out to the groups in turn. */
  readonly groups: readonly UserGroup[];
  readonly users: number;
  /** How many lives each user lives, one after the other, each with a session of its own. */
  readonly lives: number;
  /** All lives together, in milliseconds from the start of the scenario. */
  readonly durationMs: number;
  /** Users arrive evenly spread over this many milliseconds of their first life. */
  readonly rampMs: number;
  readonly thinkMinMs: number;
  readonly thinkMaxMs: number;
  /** How long the fixture takes to answer a call; 0: at once. */
  readonly upstreamDelayMs: number;
  /** How long a user waits for one answer, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** The target claims no more: a session's state may begin again without a word. */
  readonly lossMayBeSilent: boolean;
  readonly seed: number;
  /** The fixture's own names of its tools. */
  readonly tools: readonly string[];
  readonly closedResourceTexts: readonly string[];
  /** Where k6's own summary is written. */
  readonly summaryFile: string;
}

export const SETTINGS_VARIABLE = 'LOAD_SETTINGS';
