import { noSilentReset, ownCounter, worksAfterwards } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 4;

export default scenario({
  title: 'The upstream forgets its sessions: every client is told, once, and can start anew',
  requirements: ['SES-06', 'SES-08'],
  issues: ['IBM/mcp-context-forge#6685', 'sparfenyuk/mcp-proxy#149'],
  upstreams: { counter: counter() },
  checks: [noSilentReset, worksAfterwards, ownCounter],
  operationsMin: SESSIONS * 10,
  async run({ connectMany, together, upstream, goOn }) {
    const sessions = await connectMany(SESSIONS);
    await together(...sessions.map((session) => session.increment({ times: 6 })));
    const amnesia = await upstream('counter').misbehave({ kind: 'forget-sessions' });
    await amnesia.heal();
    const successors = await Promise.all(sessions.map((session) => goOn(session)));
    await together(...successors.map((session) => session.increment({ times: 4 })));
  },
});
