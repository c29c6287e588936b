import { noSilentReset, ownCounter, worksAfterwards } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 6;

export default scenario({
  title:
    'All connections are cut while nobody calls: the first call afterwards works or is told of the loss',
  requirements: ['ISO-16', 'SES-06'],
  issues: ['IBM/mcp-context-forge#3520'],
  upstreams: { counter: counter() },
  checks: [worksAfterwards, noSilentReset, ownCounter],
  operationsMin: SESSIONS * 8,
  async run({ connect, connectMany, together, upstream, goOn }) {
    const witness = await connect();
    const idle = await connectMany(SESSIONS);
    await together(...idle.map((session) => session.increment({ times: 4 })));
    const cut = await upstream('counter').network({ kind: 'down' });
    // One call shows that the cut is there; the sessions that matter stay silent.
    await witness.increment();
    await cut.heal();
    await together(...[witness, ...idle].map((session) => goOn(session)));
  },
});
