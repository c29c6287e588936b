import { noOrphanSession, oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: 'Two sessions of one user each keep their own counter',
  requirements: ['ISO-02', 'SES-19'],
  issues: ['IBM/mcp-context-forge#4205'],
  upstreams: { counter: counter() },
  checks: [ownCounter, oneUpstreamSession, noOrphanSession],
  operationsMin: 10,
  async run({ connect, together }) {
    const a = await connect({ user: 'alice' });
    const b = await connect({ user: 'alice' });
    await together(a.increment({ times: 5 }), b.increment({ times: 3 }));
    await together(a.get(), b.get());
  },
});
