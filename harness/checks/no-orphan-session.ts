import { check } from './judgement.ts';
import { joinLedger, ledgerRef, upstreamSessionOf } from '../history/join.ts';

/** An upstream session that was opened, never used and never ended: what is left of a race. */
export const noOrphanSession = check({
  id: 'no-orphan-session',
  title: 'No upstream session is opened and forgotten',
  requirements: ['SES-07'],
  judges: 'claim',
  notApplicable: (claims) =>
    claims.sessions === 'per-client' ? undefined : `the target claims ${claims.sessions} sessions`,
  examine({ operations, ledger }) {
    const served = new Set(
      joinLedger(operations, ledger).services.map((service) => service.upstreamSession.key),
    );
    const ended = new Set(
      ledger
        .filter((line) => line.kind === 'delete')
        .map((line) => `${line.upstream}/${line.epoch}/${line.session ?? ''}`),
    );
    const opened = ledger.filter((line) => line.kind === 'initialize');
    const orphans = opened.filter((line) => {
      const { key } = upstreamSessionOf(line);
      return !served.has(key) && !ended.has(key);
    });
    return {
      examined: served.size,
      breaches: orphans.map((line) => ({
        message: `an upstream session on ${line.upstream} was opened, served no call and was never ended`,
        evidence: [ledgerRef(line)],
      })),
    };
  },
});
