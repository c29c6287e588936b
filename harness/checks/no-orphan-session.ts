import { check } from './judgement.ts';
import type { Evidence } from './check.ts';
import { reachOf } from '../history/exposure.ts';
import { joinLedger, ledgerRef } from '../history/join.ts';
import { TimeSpans } from '../history/time-spans.ts';
import { upstreamSessionOf } from '../history/upstream-session.ts';
import type { LedgerEntry } from '../history/ledger.ts';

type Initialize = LedgerEntry & { readonly kind: 'initialize' };

/** An upstream session that was opened, never used and never ended: what is left of a race. */
export const noOrphanSession = check({
  id: 'no-orphan-session',
  title: 'No upstream session is opened and forgotten',
  requirements: ['SES-07'],
  judges: 'sessions',
  needsLedger: true,
  notApplicable: (claims) =>
    claims.sessions === 'per-client' ? undefined : `the target claims ${claims.sessions} sessions`,
  examine(evidence) {
    const { operations, ledger } = evidence;
    const used = new Set(
      ledger.filter((line) => line.kind === 'request').map((line) => upstreamSessionOf(line).key),
    );
    const ended = new Set(
      ledger
        .filter((line) => line.kind === 'delete')
        .map((line) => `${line.upstream}/${line.epoch}/${line.session ?? ''}`),
    );
    const isExcused = excuses(evidence);
    const unused = ledger
      .filter((line) => line.kind === 'initialize')
      .filter((line) => !isExcused(line))
      .filter((line) => {
        const { key } = upstreamSessionOf(line);
        return !used.has(key) && !ended.has(key);
      });
    const { services } = joinLedger(operations, ledger);
    const breaches = [...Map.groupBy(unused, (line) => line.upstream)].flatMap(
      ([upstream, lines]) => {
        const idle = idleClients(evidence, upstream);
        return lines.length <= idle ? [] : lines.map((line) => breachOf(line, lines.length, idle));
      },
    );
    return { examined: new Set(services.map((s) => s.upstreamSession.key)).size, breaches };
  },
});

function breachOf(line: Initialize, unused: number, idle: number) {
  return {
    message:
      `an upstream session on ${line.upstream} was opened, served no call and was never ended ` +
      `(${unused} such, and ${idle} clients that had not called yet)`,
    evidence: [ledgerRef(line)],
  };
}

/** Its answer may never have reached the target, or the upstream itself has ended or forgotten it. */
function excuses({ receipts, ledger }: Evidence): (line: Initialize) => boolean {
  const struck = new Map(
    [
      ...Map.groupBy(
        receipts.filter(({ opIds }) => opIds === undefined),
        ({ upstream }) => upstream,
      ),
    ].map(([upstream, some]) => [upstream, new TimeSpans(some.map(reachOf))]),
  );
  const forgottenMs = new Map<string, number>();
  for (const { kind, upstream, requestedAtMs } of receipts) {
    if (kind === 'forget-sessions') raise(forgottenMs, upstream, requestedAtMs);
  }
  const diedMs = new Map<string, number>();
  for (const { kind, upstream, atMs } of ledger) {
    if (kind === 'start' || kind === 'stop') raise(diedMs, upstream, atMs);
  }
  return ({ upstream, atMs }) =>
    struck.get(upstream)?.isAnyOver({ fromMs: atMs, toMs: atMs }) === true ||
    (forgottenMs.get(upstream) ?? -Infinity) >= atMs ||
    (diedMs.get(upstream) ?? -Infinity) > atMs;
}

function raise(latest: Map<string, number>, upstream: string, atMs: number): void {
  latest.set(upstream, Math.max(atMs, latest.get(upstream) ?? -Infinity));
}

/** Client sessions that made no call to this upstream: theirs may stand open for them. */
function idleClients({ operations }: Evidence, upstream: string): number {
  const sessions = (isOfInterest: (operation: Evidence['operations'][number]) => boolean) =>
    new Set(operations.filter(isOfInterest).map(({ invoke }) => invoke.session));
  const opened = sessions(({ invoke }) => invoke.method === 'initialize');
  const calling = sessions(
    ({ invoke }) => invoke.method === 'tools/call' && (invoke.upstream ?? upstream) === upstream,
  );
  return opened.difference(calling).size;
}
