/**
 * Which runs the corpus keeps, and what each must be judged to be for ever. Small scenarios, so that
 * all of it stays small: about a dozen kinds of evidence, sound, guilty and broken.
 */

import type { AnomalyName } from '../../harness/oracle/anomaly.ts';

export interface Recording {
  /** The folder's name. */
  readonly name: string;
  readonly scenario: string;
  /** The part of the reference gateway that is replaced; absent: none. */
  readonly defect?: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** The check that convicts it, and what its findings are called where they have a name. */
  readonly check?: string;
  readonly anomaly?: AnomalyName;
  /** The recorder forgets every tenth answer. */
  readonly dropsEvents?: true;
  /** Written by a version that wrote another schema: kept as it is. */
  readonly isOld?: true;
}

const sound = (name: string, scenario: string): Recording => ({
  name,
  scenario,
  verdict: 'pass',
});

const guilty = (
  defect: string,
  scenario: string,
  check: string,
  anomaly?: AnomalyName,
): Recording => ({
  name: defect,
  scenario,
  defect,
  verdict: 'fail',
  check,
  ...(anomaly !== undefined && { anomaly }),
});

export const RECORDINGS: readonly Recording[] = [
  sound('sound-same-user', 'isolation/same-user'),
  sound('sound-refused-thief', 'isolation/stolen-session'),
  sound('sound-refused-get', 'transport/get-without-session'),
  sound('sound-broken-answers', 'breakage/closed-after-answer'),
  sound('sound-two-upstreams', 'routing/two-upstreams'),
  guilty('shared-upstream-session', 'isolation/two-users', 'own-counter', 'FOREIGN'),
  guilty('keyed-by-user', 'isolation/same-user', 'own-counter', 'FOREIGN'),
  guilty('session-outlives-client', 'isolation/two-users', 'own-counter', 'FOREIGN'),
  guilty('call-made-up', 'isolation/same-user', 'applied-once', 'PHANTOM'),
  guilty('session-per-call', 'reuse/state-persists', 'one-upstream-session'),
  guilty('routed-to-wrong-upstream', 'routing/two-upstreams', 'no-foreign-answer', 'MISROUTED'),
  guilty('hedged-calls', 'concurrency/slow-call', 'applied-once', 'DUPLICATE'),
  guilty('failure-taken-for-success', 'breakage/cut-while-idle', 'applied-once', 'LOST'),
  guilty('stolen-session-accepted', 'isolation/stolen-session', 'stolen-session-refused'),
  guilty('get-answers-500', 'transport/get-without-session', 'get-without-session'),
  guilty('delete-not-forwarded', 'eviction/delete', 'delete-ends-session'),
  {
    name: 'history-with-holes',
    scenario: 'isolation/same-user',
    verdict: 'inconclusive',
    dropsEvents: true,
  },
  { name: 'schema-1', scenario: 'isolation/stolen-session', verdict: 'pass', isOld: true },
];
