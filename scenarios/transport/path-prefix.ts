import { getWithoutSession, oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: 'Behind a path prefix everything is as it is without',
  requirements: ['STR-02', 'STR-01'],
  issues: ['IBM/mcp-context-forge#4270'],
  upstreams: { counter: counter() },
  checks: [ownCounter, oneUpstreamSession, getWithoutSession],
  operationsMin: 10,
  pathPrefix: '/gauntlet/prefix',
  async run({ connect, getWithoutSession: get, together }) {
    const [a, b] = [await connect(), await connect()];
    await together(a.increment({ times: 3 }), b.increment({ times: 2 }));
    await get({ deadlineMs: 5_000 });
    await together(a.get(), b.get());
    await a.delete();
    await b.increment();
  },
});
