import { noOrphanSession, oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 4;
const FIRST_CALLS = 8;

export default scenario({
  title:
    'Eight concurrent first calls share one upstream session, and no orphan is left of the race',
  requirements: ['SES-07'],
  issues: ['Kuadrant/mcp-gateway#976'],
  upstreams: { counter: counter() },
  checks: [oneUpstreamSession, noOrphanSession, ownCounter],
  operationsMin: SESSIONS * FIRST_CALLS,
  async run({ connect, connectMany, together }) {
    // The first session finds the tools; the others know them and make their first calls at once.
    const scout = await connect();
    const sessions = await connectMany(SESSIONS, { toolsFrom: scout });
    await together(
      ...sessions.flatMap((session) =>
        Array.from({ length: FIRST_CALLS }, () => session.increment()),
      ),
    );
    await together(...[scout, ...sessions].map((session) => session.increment()));
  },
});
