import {
  boundedByRequestTimeout,
  noSilentReset,
  ownCounter,
  undisturbed,
  worksAfterwards,
} from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 3;

export default scenario({
  title:
    'An upstream that swallows everything costs its callers a timeout, and everyone else nothing',
  requirements: ['TMO-01', 'RTY-06'],
  upstreams: { struck: counter(), calm: counter() },
  checks: [boundedByRequestTimeout, undisturbed, worksAfterwards, noSilentReset, ownCounter],
  operationsMin: SESSIONS * 12,
  notApplicable: (claims) =>
    claims.requestTimeoutMs === undefined
      ? 'it needs a target that claims a request timeout'
      : undefined,
  async run({ connectMany, connect, together, upstream, goOn, claims }) {
    const deadlineMs = (claims.requestTimeoutMs ?? 0) * 2 + 2_000;
    const sessions = await connectMany(SESSIONS);
    await together(
      ...sessions.flatMap((session) => [
        session.increment({ upstream: 'struck', times: 3 }),
        session.increment({ upstream: 'calm', times: 3 }),
      ]),
    );
    const hole = await upstream('struck').network({ kind: 'blackhole' });
    const stuck = sessions.map((session) => session.increment({ upstream: 'struck', deadlineMs }));
    // While those are stuck: siblings in the same sessions, and a user who only now arrives.
    await together(...sessions.map((session) => session.increment({ upstream: 'calm', times: 6 })));
    const newcomer = await connect({ toolsFrom: sessions[0] });
    await newcomer.increment({ upstream: 'calm', times: 3 });
    await together(...stuck);
    await hole.heal();
    await together(...sessions.map((session) => goOn(session, { upstream: 'struck' })));
  },
});
