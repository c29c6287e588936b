import { oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: 'One session on two upstreams has two states, and calls reach the one they name',
  requirements: ['AGG-02', 'SES-19'],
  issues: ['PrefectHQ/fastmcp#1245'],
  upstreams: { first: counter(), second: counter() },
  checks: [ownCounter, oneUpstreamSession],
  operationsMin: 12,
  async run({ connect, together }) {
    const [a, b] = [await connect({ user: 'alice' }), await connect({ user: 'bob' })];
    await together(
      a.increment({ upstream: 'first', times: 4 }),
      a.increment({ upstream: 'second', times: 2 }),
      b.increment({ upstream: 'first', times: 1 }),
      b.increment({ upstream: 'second', times: 3 }),
    );
    await together(
      ...[a, b].flatMap((s) => [s.get({ upstream: 'first' }), s.get({ upstream: 'second' })]),
    );
  },
});
