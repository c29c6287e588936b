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
    'Upstreams that accept and never answer, one deaf and one stopped, cost their callers a timeout, and everyone else nothing',
  requirements: ['TMO-01', 'RTY-06'],
  issues: ['BerriAI/litellm#36675', 'stacklok/toolhive#5861'],
  upstreams: { deaf: counter(), stopped: counter(), calm: counter() },
  checks: [boundedByRequestTimeout, undisturbed, worksAfterwards, noSilentReset, ownCounter],
  operationsMin: SESSIONS * 18,
  notApplicable: (claims) =>
    claims.requestTimeoutMs === undefined
      ? 'it needs a target that claims a request timeout'
      : undefined,
  async run({ connectMany, together, upstream, goOn, claims }) {
    const deadlineMs = (claims.requestTimeoutMs ?? 0) * 2 + 2_000;
    const sessions = await connectMany(SESSIONS);
    await together(
      ...sessions.flatMap((session) =>
        ['deaf', 'stopped', 'calm'].map((name) => session.increment({ upstream: name, times: 3 })),
      ),
    );
    const deaf = await upstream('deaf').misbehave({ kind: 'hang' });
    const stopped = await upstream('stopped').freeze();
    await together(
      ...sessions.flatMap((session) => [
        session.increment({ upstream: 'deaf', deadlineMs }),
        session.increment({ upstream: 'stopped', deadlineMs }),
        session.increment({ upstream: 'calm', times: 6 }),
      ]),
    );
    await together(deaf.heal(), stopped.heal());
    await together(
      ...sessions.flatMap((session) => [
        goOn(session, { upstream: 'deaf' }),
        goOn(session, { upstream: 'stopped' }),
      ]),
    );
  },
});
