import { check, tooNoisyFor, type Breach } from './judgement.ts';
import type { FactValues } from '../history/facts.ts';
import { describeExit } from '../lifecycle/describe-exit.ts';
import { facts } from './selectors.ts';

type Exit = FactValues['target-exit'];

export const boundedShutdown = check({
  id: 'bounded-shutdown',
  title:
    'However many sessions are stuck, SIGTERM ends the process and all of its group within the claimed bound, and in order',
  requirements: ['OPS-01'],
  judges: 'shutdownMs',
  notApplicable: (claims) =>
    Number.isFinite(claims.shutdownMs) ? undefined : 'the target claims no bound for its shutdown',
  examine(evidence) {
    const exits = facts(evidence, 'target-exit').map(({ seq, value }) => ({
      seq,
      exit: value as Exit,
    }));
    const boundMs = evidence.claims.shutdownMs;
    const breaches: Breach[] = [];
    let isLate = false;
    for (const { seq, exit } of exits) {
      if (exit.afterMs > boundMs || exit.signal === 'SIGKILL' || exit.outlived?.isKilled === true) {
        isLate = true;
        breaches.push({
          message: `${lateText(exit)}; the bound is ${boundMs} ms`,
          evidence: [`h${seq}`],
        });
      } else if (evidence.claims.declared.includes('shutdownMs') && !isOrderly(exit)) {
        breaches.push({
          message: `the target ended with exit code ${exit.code} (signal ${exit.signal}) after SIGTERM`,
          evidence: [`h${seq}`],
        });
      }
    }
    const noisy = isLate ? tooNoisyFor(boundMs, evidence) : undefined;
    if (noisy !== undefined) return { examined: exits.length, breaches: [], inconclusive: noisy };
    return { examined: exits.length, breaches };
  },
});

/** Who was late: the process that got SIGTERM, or what it left behind, as a shell does that hands no signal on. */
function lateText({ code, signal, afterMs, outlived }: Exit): string {
  const took = (byKill: boolean): string =>
    `${Math.round(afterMs)} ms${byKill ? ', and only by SIGKILL,' : ''}`;
  if (outlived === undefined) {
    return `the target took ${took(signal === 'SIGKILL')} to end after SIGTERM`;
  }
  const { pids, leaderAfterMs, isKilled } = outlived;
  const who = pids.length > 1 ? `processes ${pids.join(', ')}` : `process ${pids[0] ?? '(no id)'}`;
  return (
    `${who} of the target outlived the one that was started and took ${took(isKilled)} to end after SIGTERM; ` +
    `the one that was started got it and ended after ${Math.round(leaderAfterMs)} ms with ${describeExit({ code, signal })}`
  );
}

/** Exit code 0, or what runtimes make of a SIGTERM that they took to its end: the signal itself, or 128 + 15. */
function isOrderly({ code, signal }: Exit): boolean {
  return code === 0 || code === 143 || signal === 'SIGTERM';
}
