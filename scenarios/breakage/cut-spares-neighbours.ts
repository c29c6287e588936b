import { ownCounter, undisturbed, worksAfterwards } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 5;

export default scenario({
  title: 'Users of one upstream notice nothing while every connection to another is cut',
  requirements: ['OPS-09', 'RTY-06'],
  issues: ['IBM/mcp-context-forge#3520'],
  upstreams: { struck: counter(), calm: counter() },
  checks: [undisturbed, worksAfterwards, ownCounter],
  operationsMin: SESSIONS * 18,
  async run({ connectMany, together, upstream, goOn }) {
    const sessions = await connectMany(SESSIONS);
    await together(
      ...sessions.flatMap((session) => [
        session.increment({ upstream: 'struck', times: 3 }),
        session.increment({ upstream: 'calm', times: 3 }),
      ]),
    );
    const cut = await upstream('struck').network({ kind: 'down' });
    await together(
      ...sessions.flatMap((session) => [
        session.increment({ upstream: 'struck' }),
        session.increment({ upstream: 'calm', times: 8 }),
      ]),
    );
    await cut.heal();
    await together(...sessions.map((session) => goOn(session, { upstream: 'struck' })));
  },
});
