import { changeEvicts, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 3;
const EVICTION_DUE_MS = 3_000;

export default scenario({
  title:
    'A changed description keeps sessions; a changed connect field ends them, and DELETEs that fail stop none of the others',
  requirements: ['OPS-09'],
  upstreams: { changed: counter(), kept: counter() },
  checks: [changeEvicts, ownCounter],
  operationsMin: SESSIONS * 8,
  spendsLane: true,
  notApplicable: (claims) =>
    claims.admin ? undefined : 'the target claims no admin API for upstreams',
  async run({ connectMany, together, target, upstream, fact, eventually, goOn }) {
    const sessions = await connectMany(SESSIONS);
    const both = (times: number) =>
      sessions.flatMap((session) => [
        session.increment({ upstream: 'changed', times }),
        session.increment({ upstream: 'kept', times }),
      ]);
    await together(...both(3));
    await target.admin?.describeUpstream('changed', 'a counter, described anew');
    fact('upstream-changed', { upstream: 'changed', change: 'cosmetic' });
    await together(...both(2));
    // The upstream does not answer DELETE: an eviction that waits or throws must not spare the rest.
    await using deaf = await upstream('changed').misbehave({ kind: 'silent-delete' });
    await target.admin?.changeUpstreamHeader('changed', 'x-gauntlet', 'rotated');
    fact('upstream-changed', { upstream: 'changed', change: 'connect' });
    await eventually(EVICTION_DUE_MS, async () => {
      const ledger = await upstream('changed').ledger();
      return ledger.filter((line) => line.kind === 'delete').length >= SESSIONS;
    });
    await deaf.heal();
    await together(...sessions.map((session) => session.increment({ upstream: 'kept' })));
    await together(...sessions.map((session) => goOn(session, { upstream: 'changed' })));
  },
});
