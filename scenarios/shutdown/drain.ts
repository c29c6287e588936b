import { boundedShutdown, drained } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 6;
/** Short enough to finish inside any sensible grace period. */
const CALL_MS = 500;

export default scenario({
  title: 'Calls in flight at SIGTERM that can finish are finished before the process ends',
  requirements: ['OPS-01'],
  upstreams: { counter: counter() },
  checks: [drained, boundedShutdown],
  operationsMin: SESSIONS * 3,
  spendsLane: true,
  stopsTarget: true,
  notApplicable: (claims) =>
    Number.isFinite(claims.shutdownMs) ? undefined : 'the target claims no bound for its shutdown',
  async run({ connectMany, together, target, upstream, until, claims, fact }) {
    const sessions = await connectMany(SESSIONS);
    await together(...sessions.map((session) => session.increment({ times: 2 })));
    const calls = sessions.map((session) =>
      session.call('slow_increment', { delayMs: CALL_MS, apply: 'after' }),
    );
    const stats = await until(5_000, 'the calls to be in flight upstream', async () => {
      const now = await upstream('counter').fixture.stats();
      return now.inFlight === calls.length && now;
    });
    fact('stop-requested', { upstreamSessions: stats.sessions, callsInFlight: stats.inFlight });
    const exit = target.stop(claims.shutdownMs * 2 + 1_000);
    await together(...calls.map((call) => call.outcome));
    fact('target-exit', await exit);
  },
});
