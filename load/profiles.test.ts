import { expect, it } from 'vitest';
import { adjusted, profileNamed, PROFILES } from './profiles.ts';

it.each(PROFILES)('profile $name lets its users arrive within a quarter of a life', (profile) => {
  const { rampMs, durationMs, lives } = adjusted(profile, {});
  expect(rampMs).toBeLessThanOrEqual(durationMs / lives / 4);
});

it('gives ten thousand users time to arrive', () => {
  const profile = profileNamed('users-1000');
  if (profile === undefined) throw new Error('no such profile');
  expect(adjusted(profile, { users: 10_000, durationMs: 200_000 }).rampMs).toBe(50_000);
});

it('knows no other profile', () => {
  expect(profileNamed('users-1')).toBeUndefined();
});
