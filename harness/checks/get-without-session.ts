import { check, type Breach } from './judgement.ts';
import type { Claims } from '../target/claims.ts';
import { opRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import { describeOutcome, exposure } from './selectors.ts';

/** A GET that names no session is answered, without a server error; with 405 and Allow where that is claimed. */
export const getWithoutSession = check({
  id: 'get-without-session',
  title: 'GET without a session is refused at once, and not by a server error',
  requirements: ['STR-02'],
  judges: 'protocol',
  examine(evidence) {
    const { operations, claims } = evidence;
    const { isExposed } = exposure(evidence);
    const withSession = new Set(
      operations
        .filter(({ invoke }) => invoke.method !== 'GET')
        .map(({ invoke }) => invoke.session),
    );
    const gets = operations.filter(
      (get) =>
        get.invoke.method === 'GET' &&
        get.invoke.hostile !== true &&
        !withSession.has(get.invoke.session) &&
        get.outcome !== undefined &&
        get.giveUp === undefined &&
        !isExposed(get),
    );
    return { examined: gets.length, breaches: gets.flatMap((get) => breachOf(get, claims)) };
  },
});

function breachOf(get: Operation, claims: Claims): readonly Breach[] {
  const { outcome } = get;
  const evidence = [opRef(get)];
  const status = outcome?.status;
  if (status === undefined) {
    return [{ message: `GET without a session got ${describeOutcome(get)}`, evidence }];
  }
  if (status >= 500) return [{ message: `GET without a session got HTTP ${status}`, evidence }];
  if (claims.getWithoutSession !== '405') return [];
  const allow = outcome?.headers?.['allow'] ?? '';
  if (status === 405 && /\bPOST\b/.test(allow)) return [];
  const message = `GET without a session got HTTP ${status} with Allow "${allow}", where 405 with Allow is claimed`;
  return [{ message, evidence }];
}
