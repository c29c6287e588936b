/** The load profiles, as data. `--users`, `--duration` and `--think` override a profile's own values. */

export interface LoadProfile {
  readonly name: string;
  readonly title: string;
  readonly users: number;
  readonly durationMs: number;
  /** Users arrive evenly spread over this many milliseconds. */
  readonly rampMs: number;
  readonly thinkMinMs: number;
  readonly thinkMaxMs: number;
  /** How long the fixture takes to answer a call; 0: at once. */
  readonly upstreamDelayMs: number;
  /** How many sessions each user opens and deletes, one after the other. */
  readonly lives: number;
  /** How long a user waits for one answer. */
  readonly requestTimeoutMs: number;
}

const BASE = {
  rampMs: 5_000,
  thinkMinMs: 500,
  thinkMaxMs: 1_500,
  upstreamDelayMs: 0,
  lives: 1,
  requestTimeoutMs: 10_000,
} as const;

export const PROFILES = [
  { ...BASE, name: 'smoke', title: 'Fifty users for ten seconds', users: 50, durationMs: 10_000 },
  {
    ...BASE,
    name: 'users-1000',
    title: 'A thousand users, each with a session of its own, a call a second',
    users: 1_000,
    durationMs: 60_000,
  },
  {
    ...BASE,
    name: 'echo-delay',
    title: 'The upstream takes half a second, and nobody stops to think',
    users: 200,
    durationMs: 60_000,
    thinkMinMs: 0,
    thinkMaxMs: 100,
    upstreamDelayMs: 500,
  },
  {
    ...BASE,
    name: 'churn',
    title: 'Sessions opened and closed all the time',
    users: 200,
    durationMs: 60_000,
    thinkMinMs: 100,
    thinkMaxMs: 500,
    lives: 20,
  },
] as const satisfies readonly LoadProfile[];

export type ProfileName = (typeof PROFILES)[number]['name'];

export const DEFAULT_PROFILE: ProfileName = 'users-1000';

export function profileNamed(name: string): LoadProfile | undefined {
  return PROFILES.find((profile) => profile.name === name);
}

export type ProfileOverrides = Partial<
  Pick<LoadProfile, 'users' | 'durationMs' | 'thinkMinMs' | 'thinkMaxMs'>
>;

/** With fewer or more users and another duration, arrival still takes at most a quarter of a life. */
export function adjusted(profile: LoadProfile, overrides: ProfileOverrides): LoadProfile {
  const changed = { ...profile, ...overrides };
  const lifeMs = changed.durationMs / changed.lives;
  return { ...changed, rampMs: Math.min(arrivalMs(changed), lifeMs / 4) };
}

/** Thousands of users need longer to arrive: about two hundred a second. */
function arrivalMs({ users, rampMs }: LoadProfile): number {
  return Math.max(rampMs, users * 5);
}
