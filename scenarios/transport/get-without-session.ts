import { getWithoutSession } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: 'GET without a session is answered at once, and not by a server error',
  requirements: ['STR-02'],
  issues: ['IBM/mcp-context-forge#4284'],
  upstreams: { counter: counter() },
  checks: [getWithoutSession],
  operationsMin: 4,
  async run({ connect, getWithoutSession: get }) {
    const session = await connect();
    await session.increment();
    await get({ deadlineMs: 5_000 });
    await get({ deadlineMs: 5_000 });
    await session.increment();
  },
});
