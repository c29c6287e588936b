import { oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: 'The official SDK client gets what the raw one gets',
  requirements: ['STR-01', 'ISO-02'],
  upstreams: { counter: counter() },
  checks: [ownCounter, oneUpstreamSession],
  operationsMin: 10,
  async run({ connect, together }) {
    const sdk = await connect({ client: 'sdk' });
    const raw = await connect();
    await together(sdk.increment({ times: 5 }), raw.increment({ times: 3 }));
    await sdk.call('fail').outcome;
    await sdk.call('progress', { steps: 3, intervalMs: 10 }).outcome;
    await together(sdk.get(), raw.get());
  },
});
