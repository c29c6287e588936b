/** Every check there is. The first group judges every scenario, whatever it is about. */

import { appliedOnce } from './applied-once.ts';
import { boundedByRequestTimeout } from './bounded-by-request-timeout.ts';
import { boundedShutdown } from './bounded-shutdown.ts';
import { cancelReachesUpstream } from './cancel-reaches-upstream.ts';
import { changeEvicts } from './change-evicts.ts';
import type { Check } from './check.ts';
import { clearErrorSoon } from './clear-error-soon.ts';
import { deleteEndsSession } from './delete-ends-session.ts';
import { drained } from './drained.ts';
import { getWithoutSession } from './get-without-session.ts';
import { noClosedResourceError } from './no-closed-resource-error.ts';
import { noEmptyError } from './no-empty-error.ts';
import { noForeignAnswer } from './no-foreign-answer.ts';
import { noOrphanSession } from './no-orphan-session.ts';
import { noSilentReset } from './no-silent-reset.ts';
import { nothingLeftAtRest } from './nothing-left-at-rest.ts';
import { notSerialised } from './not-serialised.ts';
import { oneOutcome } from './one-outcome.ts';
import { oneUpstreamSession } from './one-upstream-session.ts';
import { ownCounter } from './own-counter.ts';
import { stolenSessionRefused } from './stolen-session-refused.ts';
import { undisturbed } from './undisturbed.ts';
import { unexposedSucceed } from './unexposed-succeed.ts';
import { worksAfterwards } from './works-afterwards.ts';

export const ALWAYS: readonly Check[] = [
  noForeignAnswer,
  oneOutcome,
  noEmptyError,
  noClosedResourceError,
  appliedOnce,
  unexposedSucceed,
];

export const CHECKS: readonly Check[] = [
  ...ALWAYS,
  ownCounter,
  oneUpstreamSession,
  noOrphanSession,
  noSilentReset,
  clearErrorSoon,
  worksAfterwards,
  cancelReachesUpstream,
  notSerialised,
  undisturbed,
  boundedByRequestTimeout,
  boundedShutdown,
  drained,
  deleteEndsSession,
  changeEvicts,
  stolenSessionRefused,
  getWithoutSession,
  nothingLeftAtRest,
];

export {
  appliedOnce,
  boundedByRequestTimeout,
  boundedShutdown,
  cancelReachesUpstream,
  changeEvicts,
  clearErrorSoon,
  deleteEndsSession,
  drained,
  getWithoutSession,
  noClosedResourceError,
  noEmptyError,
  noForeignAnswer,
  noOrphanSession,
  noSilentReset,
  nothingLeftAtRest,
  notSerialised,
  oneOutcome,
  oneUpstreamSession,
  ownCounter,
  stolenSessionRefused,
  undisturbed,
  unexposedSucceed,
  worksAfterwards,
};
