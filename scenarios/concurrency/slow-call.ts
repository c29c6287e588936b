import { notSerialised, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SLOW_MS = 2_000;

export default scenario({
  title: 'A slow call blocks neither its own session nor another',
  requirements: ['RTY-06', 'OPS-08'],
  issues: ['avelino/mcp#51', 'IBM/mcp-context-forge#5079'],
  upstreams: { counter: counter() },
  checks: [notSerialised, ownCounter],
  operationsMin: 18,
  async run({ connect, together }) {
    const slow = await connect({ user: 'alice' });
    const other = await connect({ user: 'bob' });
    const waiting = slow.call('slow_increment', { delayMs: SLOW_MS, apply: 'after' });
    await together(slow.increment({ times: 6 }), other.increment({ times: 6 }));
    await together(waiting.outcome);
    await together(slow.get(), other.get());
  },
});
