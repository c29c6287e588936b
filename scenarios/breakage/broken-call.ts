import {
  clearErrorSoon,
  noSilentReset,
  ownCounter,
  worksAfterwards,
} from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';
import type { BreakHow } from '../../harness/wire/session.ts';

const WAYS: readonly BreakHow[] = [
  'reset-before',
  'close-before',
  'reset-during',
  'close-during',
  'truncate',
  'status-500',
];
const SIBLING_MS = 400;

export default scenario({
  title:
    'A call whose connection breaks gets one clear error; its siblings and neighbours notice nothing',
  requirements: ['ISO-16', 'RTY-01', 'STR-12'],
  issues: ['IBM/mcp-context-forge#3520', 'IBM/mcp-context-forge#3737'],
  upstreams: { counter: counter() },
  checks: [clearErrorSoon, worksAfterwards, noSilentReset, ownCounter],
  operationsMin: WAYS.length * 8,
  async run({ connect, connectMany, together, goOn }) {
    const neighbour = await connect();
    const sessions = await connectMany(WAYS.length);
    await together(...sessions.map((session) => session.increment({ times: 3 })));
    const struck = sessions.map((session, index) => {
      const how = WAYS[index] ?? 'reset-before';
      const sibling = session.call('slow_increment', { delayMs: SIBLING_MS, apply: 'after' });
      const broken = session.call('break', { how, apply: 'before' });
      return Promise.all([sibling.outcome, broken.outcome]);
    });
    await together(...struck, neighbour.increment({ times: 20 }));
    await together(...sessions.map((session) => goOn(session)), neighbour.get());
  },
});
