import { changeEvicts, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 3;

export default scenario({
  title: 'An upstream that is removed takes its sessions with it and leaves the others alone',
  requirements: ['OPS-09'],
  upstreams: { removed: counter(), kept: counter() },
  checks: [changeEvicts, ownCounter],
  operationsMin: SESSIONS * 5,
  spendsLane: true,
  notApplicable: (claims) =>
    claims.admin ? undefined : 'the target claims no admin API for upstreams',
  async run({ connectMany, together, target, upstream, fact, eventually }) {
    const sessions = await connectMany(SESSIONS);
    await together(
      ...sessions.flatMap((session) => [
        session.increment({ upstream: 'removed', times: 2 }),
        session.increment({ upstream: 'kept', times: 2 }),
      ]),
    );
    await target.admin?.removeUpstream('removed');
    fact('upstream-changed', { upstream: 'removed', change: 'removed' });
    await eventually(3_000, async () => {
      const ledger = await upstream('removed').ledger();
      return ledger.filter((line) => line.kind === 'delete').length >= SESSIONS;
    });
    await together(
      ...sessions.map((session) => session.increment({ upstream: 'removed', hostile: true })),
    );
    await together(...sessions.map((session) => session.increment({ upstream: 'kept', times: 2 })));
  },
});
