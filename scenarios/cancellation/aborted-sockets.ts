import { noSilentReset, oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 8;
const CALL_MS = 1_000;

export default scenario({
  title:
    'A client that hangs up in the middle of a call harms neither its other calls nor its session',
  requirements: ['STR-09', 'ISO-16'],
  issues: ['IBM/mcp-context-forge#3737'],
  upstreams: { counter: counter() },
  checks: [oneUpstreamSession, noSilentReset, ownCounter],
  operationsMin: SESSIONS * 6,
  async run({ connectMany, together, upstream, until }) {
    const sessions = await connectMany(SESSIONS);
    const call = (session: (typeof sessions)[number]) =>
      session.call('slow_increment', { delayMs: CALL_MS, apply: 'after' });
    const siblings = sessions.map(call);
    const doomed = sessions.flatMap((session) => [call(session), call(session)]);
    const { fixture } = upstream('counter');
    await until(5_000, 'all calls to be in flight upstream', async () => {
      const { inFlight } = await fixture.stats();
      return inFlight === siblings.length + doomed.length;
    });
    for (const one of doomed) one.abort();
    await together(...sessions.map((session) => session.increment()));
    await together(...siblings.map((sibling) => sibling.outcome));
    await together(...sessions.map((session) => session.increment({ times: 2 })));
  },
});
