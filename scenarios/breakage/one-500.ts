import { noSilentReset, ownCounter, worksAfterwards } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 4;

export default scenario({
  title: 'One HTTP 500 costs the call that met it, and no session',
  requirements: ['ISO-16', 'RTY-01'],
  issues: ['PrefectHQ/fastmcp#4825'],
  upstreams: { counter: counter() },
  checks: [worksAfterwards, noSilentReset, ownCounter],
  operationsMin: SESSIONS * 8,
  async run({ connectMany, together, upstream, goOn }) {
    const sessions = await connectMany(SESSIONS);
    await together(...sessions.map((session) => session.increment({ times: 5 })));
    // One after the other: each session meets an error of its own.
    for (const session of sessions) {
      const crash = await upstream('counter').misbehave({ kind: 'status', status: 500, times: 1 });
      await session.increment();
      await crash.heal();
    }
    await together(...sessions.map((session) => goOn(session)));
  },
});
