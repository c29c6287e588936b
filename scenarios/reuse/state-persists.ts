import { noSilentReset, oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: 'State that one call leaves is there for the next, whatever came between',
  requirements: ['SES-19', 'ISO-02'],
  upstreams: { counter: counter() },
  checks: [oneUpstreamSession, noSilentReset, ownCounter],
  operationsMin: 8,
  async run({ connect }) {
    const session = await connect();
    await session.increment({ times: 3 });
    await session.call('fail').outcome;
    await session.get();
    await session.request('tools/list').outcome;
    await session.call('echo', { tag: 'between' }).outcome;
    await session.increment({ times: 2 });
    await session.get();
  },
});
