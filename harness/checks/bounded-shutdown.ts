import { check, tooNoisyFor, type Breach } from './judgement.ts';
import type { FactValues } from '../history/facts.ts';
import { facts } from './selectors.ts';

export const boundedShutdown = check({
  id: 'bounded-shutdown',
  title:
    'However many sessions are stuck, SIGTERM ends the process within the claimed bound, and in order',
  requirements: ['OPS-01'],
  judges: 'shutdownMs',
  notApplicable: (claims) =>
    Number.isFinite(claims.shutdownMs) ? undefined : 'the target claims no bound for its shutdown',
  examine(evidence) {
    const exits = facts(evidence, 'target-exit').map(({ seq, value }) => ({
      seq,
      exit: value as FactValues['target-exit'],
    }));
    const boundMs = evidence.claims.shutdownMs;
    const breaches: Breach[] = [];
    let isLate = false;
    for (const { seq, exit } of exits) {
      if (exit.afterMs > boundMs || exit.signal === 'SIGKILL') {
        isLate = true;
        const took = `${Math.round(exit.afterMs)} ms${exit.signal === 'SIGKILL' ? ', and only by SIGKILL' : ''}`;
        breaches.push({
          message: `the target took ${took} to end after SIGTERM; the bound is ${boundMs} ms`,
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

/** Exit code 0, or what runtimes make of a SIGTERM that they took to its end: the signal itself, or 128 + 15. */
function isOrderly({ code, signal }: FactValues['target-exit']): boolean {
  return code === 0 || code === 143 || signal === 'SIGTERM';
}
