import { noOrphanSession, oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const CALLS = 30;

export default scenario({
  title: 'One session, one initialize upstream, however many calls',
  requirements: ['SES-19', 'VER-01'],
  upstreams: { counter: counter() },
  checks: [oneUpstreamSession, noOrphanSession, ownCounter],
  operationsMin: CALLS,
  async run({ connect }) {
    const session = await connect();
    await session.increment({ times: CALLS });
    await session.get();
  },
});
