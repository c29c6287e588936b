/** No gateway at all, as a target: clients speak straight to the fixture, through the proxy at which faults strike. */

import { OwnError } from '../errors.ts';
import { DEFAULT_CLAIMS, type Claims } from '../target/claims.ts';
import { EndpointTarget } from '../target/endpoint-target.ts';
import type { TargetPlan } from '../target/target.ts';

/**
 * What the fixture itself promises. Claims that only a gateway can keep are left out, so that their
 * checks do not apply here and a target is not excused because the fixture has none of it.
 */
const CONTROL_CLAIMS: Claims = { ...DEFAULT_CLAIMS, shutdownMs: Infinity };

const START_TIMEOUT_MS = 10_000;

/** One endpoint has one fixture behind it: scenarios with several upstreams have no control arm. */
export const CONTROL_PLAN: TargetPlan = {
  name: 'control arm',
  version: '',
  identity: 'the fixture',
  claims: CONTROL_CLAIMS,
  startTimeoutMs: START_TIMEOUT_MS,
  users: [],
  secrets: [],
  isStartedByUs: false,
  lanes: 1,
  prepare: () => Promise.resolve(),
  start: ({ upstreams }) => {
    const [only] = upstreams;
    if (only === undefined || upstreams.length > 1) {
      throw new OwnError('the control arm reaches one upstream, and was given several');
    }
    return Promise.resolve(new EndpointTarget(new URL(only.url), () => ({})));
  },
};
