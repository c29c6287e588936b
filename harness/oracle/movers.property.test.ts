/** Whose calls are looked at closely: the shortcut against comparing all of them; more recordings with ORACLE_RUNS. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation } from '../history/operation.ts';
import { smallRecording } from '../history/small-recording-for-test.ts';
import { openCase } from './case-file.ts';
import { answersOfMovers, servicesOfMovers } from './movers.ts';

const RUNS = Number(process.env['ORACLE_RUNS'] ?? 500);

/** Client sessions of which one upstream saw, or told, more than one thing. */
function moving(
  seen: readonly { readonly session: string; readonly upstream?: string; readonly what: string }[],
): ReadonlySet<string> {
  const whats = Map.groupBy(seen, ({ session, upstream }) => JSON.stringify([session, upstream]));
  return new Set(
    [...whats.values()]
      .filter((group) => new Set(group.map(({ what }) => what)).size > 1)
      .flatMap((group) => group.map(({ session }) => session)),
  );
}

test('every request, in order, of the client sessions that several sessions of an upstream served', () => {
  let moved = 0;
  fc.assert(
    fc.property(smallRecording, (recording) => {
      const about = openCase({ ...recording, events: [], receipts: [] });
      const { services } = about.join;
      const movers = moving(
        services.map(({ operation, upstreamSession: { upstream, key } }) => ({
          session: operation.invoke.session,
          upstream,
          what: key,
        })),
      );
      const expected = services.filter(({ operation }) => movers.has(operation.invoke.session));
      expect(servicesOfMovers(about)).toEqual(expected);
      if (movers.size > 0) moved += 1;
    }),
    { numRuns: RUNS },
  );
  // Otherwise it has compared nothing.
  expect(moved).toBeGreaterThan(RUNS / 50);
}, 600_000);

function stateOf({ invoke, outcome }: Operation): string | undefined {
  if (invoke.method !== 'tools/call' || outcome?.type !== 'ok') return undefined;
  const { nonce, epoch } = outcome.payload ?? {};
  return nonce === undefined ? undefined : JSON.stringify([nonce, epoch]);
}

test('every answer, in order, of the client sessions that were answered out of several states', () => {
  let moved = 0;
  fc.assert(
    fc.property(smallRecording, (recording) => {
      const about = openCase({ ...recording, events: [], receipts: [] });
      const answers = recording.operations.flatMap((operation) => {
        const what = stateOf(operation);
        return what === undefined ? [] : [{ ...operation.invoke, what, operation }];
      });
      const movers = moving(answers);
      const expected = answers
        .filter(({ session }) => movers.has(session))
        .map(({ operation }) => operation);
      expect(answersOfMovers(about)).toEqual(expected);
      if (movers.size > 0) moved += 1;
    }),
    { numRuns: RUNS },
  );
  // Otherwise it has compared nothing.
  expect(moved).toBeGreaterThan(RUNS / 50);
}, 600_000);
