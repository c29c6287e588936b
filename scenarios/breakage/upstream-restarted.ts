import {
  clearErrorSoon,
  noSilentReset,
  ownCounter,
  worksAfterwards,
} from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 4;

export default scenario({
  title:
    'The upstream dies and comes back without its memory: every session is told, and can start anew',
  requirements: ['SES-06', 'SES-08', 'SES-17'],
  issues: ['sparfenyuk/mcp-proxy#149'],
  upstreams: { counter: counter() },
  checks: [clearErrorSoon, noSilentReset, worksAfterwards, ownCounter],
  operationsMin: SESSIONS * 10,
  async run({ connectMany, together, upstream, goOn }) {
    const sessions = await connectMany(SESSIONS);
    await together(...sessions.map((session) => session.increment({ times: 6 })));
    const crash = await upstream('counter').kill();
    await together(...sessions.map((session) => session.increment()));
    await crash.heal();
    const successors = await Promise.all(sessions.map((session) => goOn(session)));
    await together(...successors.map((session) => session.increment({ times: 4 })));
  },
});
