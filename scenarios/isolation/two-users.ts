import { oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: 'Two users with one upstream credential each keep their own counter',
  requirements: ['ISO-02'],
  issues: ['IBM/mcp-context-forge#2055'],
  upstreams: { counter: counter() },
  checks: [ownCounter, oneUpstreamSession],
  operationsMin: 10,
  async run({ connect, together }) {
    const alice = await connect({ user: 'alice' });
    const bob = await connect({ user: 'bob' });
    await alice.increment({ times: 5 });
    await together(alice.increment({ times: 2 }), bob.increment({ times: 4 }));
    await together(alice.get(), bob.get());
  },
});
