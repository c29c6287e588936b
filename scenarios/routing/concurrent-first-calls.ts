import { noOrphanSession, oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 4;
const FIRST_CALLS = 8;

export default scenario({
  title: 'Eight concurrent first calls to an upstream that is not open yet open it once',
  requirements: ['SES-07'],
  issues: ['Kuadrant/mcp-gateway#976'],
  upstreams: { first: counter(), second: counter() },
  checks: [oneUpstreamSession, noOrphanSession, ownCounter],
  operationsMin: SESSIONS * FIRST_CALLS,
  async run({ connect, connectMany, together }) {
    const scout = await connect();
    // They know the tools from the scout, so their first calls are the first that need an upstream.
    const sessions = await connectMany(SESSIONS, { toolsFrom: scout });
    const all = (upstream: string) =>
      sessions.flatMap((session) =>
        Array.from({ length: FIRST_CALLS / 2 }, () => session.increment({ upstream })),
      );
    await together(...all('first'), ...all('second'));
    await together(
      ...[scout, ...sessions].flatMap((session) => [
        session.increment({ upstream: 'first' }),
        session.increment({ upstream: 'second' }),
      ]),
    );
  },
});
