import {
  clearErrorSoon,
  noSilentReset,
  ownCounter,
  worksAfterwards,
} from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 8;

export default scenario({
  title:
    'All connections to the upstream are cut under traffic: errors while it lasts, and no dead one handed out after',
  requirements: ['ISO-16', 'STR-12', 'RTY-01'],
  issues: ['IBM/mcp-context-forge#3520'],
  upstreams: { counter: counter() },
  checks: [clearErrorSoon, worksAfterwards, noSilentReset, ownCounter],
  operationsMin: SESSIONS * 15,
  async run({ connectMany, together, upstream, goOn }) {
    const sessions = await connectMany(SESSIONS);
    await together(...sessions.map((session) => session.increment({ times: 10 })));
    const inFlight = sessions.map((session) =>
      session.call('slow_increment', { delayMs: 3_000, apply: 'before' }),
    );
    const cut = await upstream('counter').network({ kind: 'down' });
    await together(...inFlight.map((call) => call.outcome));
    await together(...sessions.map((session) => session.increment()));
    await cut.heal();
    const survivors = await Promise.all(sessions.map((session) => goOn(session)));
    await together(...survivors.map((session) => session.increment({ times: 5 })));
  },
});
