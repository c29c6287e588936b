import { check, type Breach } from './judgement.ts';
import type { Evidence } from './check.ts';
import { joinLedger, opRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import { describe, newsOfLoss, toolCalls, wasToldBefore } from './selectors.ts';

/** Before the first answer out of fresh state, that session was told that the old state is gone. */
export const noSilentReset = check({
  id: 'no-silent-reset',
  title: 'A session that lost its state is told before it is given fresh state',
  requirements: ['SES-08', 'SES-17'],
  judges: 'loss',
  notApplicable: (claims) => {
    if (claims.sessions !== 'per-client') return `the target claims ${claims.sessions} sessions`;
    return claims.loss === 'silent' ? 'the target claims to lose state silently' : undefined;
  },
  examine(evidence) {
    const answered = toolCalls(evidence).filter(
      ({ outcome }) => outcome?.type === 'ok' && outcome.payload?.['nonce'] !== undefined,
    );
    const groups = Map.groupBy(answered, ({ invoke }) =>
      JSON.stringify([invoke.session, invoke.upstream]),
    );
    const servedAtMs = firstServed(evidence);
    const breaches = [...groups.values()].flatMap((calls) =>
      silentResets(homesOf(calls, servedAtMs), evidence),
    );
    return { examined: answered.length, breaches };
  },
});

/** When a call reached its upstream: answers may come in another order than that. */
function firstServed(evidence: Evidence): (operation: Operation) => number {
  const { services } = joinLedger(evidence.operations, evidence.ledger);
  const atMs = new Map(
    services.toReversed().map(({ operation, line }) => [operation.invoke.op, line.atMs]),
  );
  return (operation) => atMs.get(operation.invoke.op) ?? operation.startMs;
}

/** The calls of one session by the state that answered them, the oldest state first. */
function homesOf(
  calls: readonly Operation[],
  servedAtMs: (operation: Operation) => number,
): readonly (readonly Operation[])[] {
  const homes = [...Map.groupBy(calls, homeOf).values()];
  const bornMs = (home: readonly Operation[]): number => Math.min(...home.map(servedAtMs));
  return homes.sort((a, b) => bornMs(a) - bornMs(b));
}

function silentResets(
  homes: readonly (readonly Operation[])[],
  evidence: Evidence,
): readonly Breach[] {
  return homes.flatMap((home, index) => {
    const previous = homes[index - 1]?.toSorted((a, b) => a.startMs - b.startMs)[0];
    const fresh = home.toSorted((a, b) => a.endMs - b.endMs)[0];
    if (previous === undefined || fresh === undefined) return [];
    const news = newsOfLoss(evidence, fresh.invoke.session, fresh.invoke.upstream);
    if (wasToldBefore(fresh, news, previous.startMs)) return [];
    const message =
      `${describe(fresh)} was answered ${JSON.stringify(fresh.outcome?.payload?.['value']) ?? 'something'} ` +
      `out of fresh state, and nobody had told that session that its state was lost`;
    return [{ message, evidence: [opRef(previous), opRef(fresh)] }];
  });
}

function homeOf({ outcome }: Operation): string {
  return JSON.stringify([outcome?.payload?.['epoch'], outcome?.payload?.['nonce']]);
}
