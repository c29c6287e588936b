/** What was measured against what is promised: a sentence for each promise that was not kept. */

import { ERROR_DUE_MS } from '../../harness/checks/clear-error-soon.ts';
import type { Collateral } from './neighbours.ts';
import type { Measured } from './victim.ts';
import { upstreamOf, type Ending, type UpstreamFailure } from './upstream-failure.ts';
import { REQUEST_TIMEOUT_MS } from './upstream-failures.ts';

/** How much later than the request timeout its error may come, on a busy machine. */
export const TIMEOUT_TOLERANCE_MS = 1_000;

/** `secrets` are addresses that no text may hold. */
export function brokenPromises(
  failure: UpstreamFailure,
  all: readonly Measured[],
  { errors }: Pick<Collateral, 'errors'>,
  secrets: readonly string[],
): readonly string[] {
  const sentences = all.flatMap((one) => [
    ...unlike(failure, one),
    ...late(failure, one),
    ...badText(upstreamOf(failure), one, [...secrets, one.sessionId]),
  ]);
  return [...new Set([...sentences, ...errors])].map((sentence) => `${failure.id}: ${sentence}`);
}

function unlike(failure: UpstreamFailure, measured: Measured): readonly string[] {
  const { ending, afterwards, applied, outcomes, siblingError } = measured;
  return [
    differs('it ended with', wordOf(ending), wordOf(failure.ending)),
    differs('its session', afterwards, failure.afterwards),
    differs('times applied', applied, failure.applied),
    differs('outcomes', outcomes, 1),
    differs('its sibling got', siblingError, undefined),
    ending.maybeApplied === false && applied > 0
      ? 'it says that the call was not carried out, and it was'
      : undefined,
  ].filter((sentence) => sentence !== undefined);
}

function differs<T>(what: string, seen: T, wanted: T): string | undefined {
  return seen === wanted ? undefined : `${what}: ${String(seen)}, not ${String(wanted)}`;
}

/** "error broken, maybe applied" */
export function wordOf({ kind, reason, maybeApplied }: Ending): string {
  const fate = maybeApplied === undefined ? '' : `, ${maybeApplied ? 'maybe' : 'not'} applied`;
  return `${kind}${reason === undefined ? '' : ` ${reason}`}${fate}`;
}

function late({ endedBy, strike }: UpstreamFailure, { ms }: Measured): readonly string[] {
  const slowness = 'call' in strike && strike.call === 'drip' ? (strike.delayMs ?? 0) : 0;
  const [earliest, latest] =
    endedBy === 'timeout'
      ? [REQUEST_TIMEOUT_MS, REQUEST_TIMEOUT_MS + TIMEOUT_TOLERANCE_MS]
      : [0, ERROR_DUE_MS + slowness];
  if (ms <= latest && ms >= earliest - EARLY_MS) return [];
  return [`it took ${Math.round(ms)} ms, where ${earliest} to ${latest} ms are promised`];
}

/** A call that was under way waited before the fault struck. */
const EARLY_MS = 500;

function badText(
  upstream: string,
  { ending, text }: Measured,
  secrets: readonly string[],
): readonly string[] {
  if (ending.kind !== 'error' && ending.kind !== 'lost') return [];
  const leaked = secrets.find((secret) => secret !== '' && text.includes(secret));
  return [
    text.trim() === '' ? 'its error has no text' : undefined,
    leaked === undefined ? undefined : `its error says ${leaked}`,
    ending.reason !== undefined && !text.includes(`"${upstream}"`)
      ? `its error does not name the upstream: ${text}`
      : undefined,
    ending.maybeApplied !== undefined && text.includes('may have been') !== ending.maybeApplied
      ? `its error does not say whether the call may have been carried out: ${text}`
      : undefined,
  ].filter((sentence) => sentence !== undefined);
}
