import { boundedShutdown } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 50;
const HANGING = 10;

export default scenario({
  title:
    'Fifty upstream sessions that never answer DELETE, and calls that hang, do not keep the process alive',
  requirements: ['OPS-01'],
  upstreams: { counter: counter() },
  checks: [boundedShutdown],
  operationsMin: SESSIONS * 2,
  spendsLane: true,
  stopsTarget: true,
  notApplicable: (claims) =>
    Number.isFinite(claims.shutdownMs) ? undefined : 'the target claims no bound for its shutdown',
  async run({ connectMany, together, target, upstream, until, claims, fact }) {
    const sessions = await connectMany(SESSIONS);
    await together(...sessions.map((session) => session.increment()));
    const { fixture } = upstream('counter');
    await using deaf = await upstream('counter').misbehave({ kind: 'silent-delete' });
    const hanging = sessions
      .slice(0, HANGING)
      .map((session) => session.call('hang', {}, { deadlineMs: claims.shutdownMs * 2 + 5_000 }));
    const stats = await until(
      5_000,
      'fifty sessions upstream and calls that hang in them',
      async () => {
        const now = await fixture.stats();
        return now.inFlight >= HANGING && now.sessions >= SESSIONS && now;
      },
    );
    fact('stop-requested', { upstreamSessions: stats.sessions, callsInFlight: stats.inFlight });
    fact('target-exit', await target.stop(claims.shutdownMs * 2 + 1_000));
    await together(...hanging.map((call) => call.outcome));
    await deaf.heal();
  },
});
