import { noSilentReset, ownCounter, worksAfterwards } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title:
    'A connection that closes right after an answer costs neither the answer nor the next call',
  requirements: ['ISO-16', 'RTY-01'],
  issues: ['IBM/mcp-context-forge#3520'],
  upstreams: { counter: counter() },
  checks: [worksAfterwards, noSilentReset, ownCounter],
  operationsMin: 12,
  async run({ connect, goOn, settled }) {
    const session = await connect();
    await session.increment({ times: 6 });
    // What was answered just before is not exposed to what comes now.
    await settled();
    await session.call('break', { how: 'close-after', apply: 'before' }).outcome;
    const next = await goOn(session);
    await next.increment({ times: 4 });
    await settled();
    await next.call('break', { how: 'reset-after', apply: 'before' }).outcome;
    const last = await goOn(next);
    await last.increment({ times: 4 });
  },
});
