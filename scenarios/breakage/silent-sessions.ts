import { noSilentReset, ownCounter, worksAfterwards } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 3;
const IDLE_PROBE_MS = 1_000;

export default scenario({
  title: 'Sessions that fall silent while they are idle are found out before the next call',
  requirements: ['SES-14', 'SES-08'],
  upstreams: { counter: counter() },
  checks: [worksAfterwards, noSilentReset, ownCounter],
  operationsMin: SESSIONS * 7,
  idleProbeMs: IDLE_PROBE_MS,
  async run({ connect, connectMany, together, upstream, until, goOn }) {
    const sessions = await connectMany(SESSIONS);
    await together(...sessions.map((session) => session.increment({ times: 4 })));
    const silence = await upstream('counter').misbehave({ kind: 'silent-sessions' });
    await silence.heal();
    const newcomer = await connect();
    const quietFrom = performance.now();
    await until(
      IDLE_PROBE_MS * 4,
      'the sessions to be idle for long enough to be examined',
      () => performance.now() - quietFrom > IDLE_PROBE_MS,
    );
    await together(newcomer.increment({ times: 3 }), ...sessions.map((session) => goOn(session)));
  },
});
