import {
  boundedByRequestTimeout,
  ownCounter,
  undisturbed,
  worksAfterwards,
} from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: 'A session whose call never returns delays neither its siblings nor its own replacement',
  requirements: ['TMO-01', 'RTY-06', 'SES-09'],
  issues: ['sparfenyuk/mcp-proxy#158'],
  upstreams: { counter: counter() },
  checks: [undisturbed, boundedByRequestTimeout, worksAfterwards, ownCounter],
  operationsMin: 20,
  notApplicable: (claims) =>
    claims.requestTimeoutMs === undefined
      ? 'it needs a target that claims a request timeout'
      : undefined,
  async run({ connect, together, goOn, upstream, claims }) {
    const deadlineMs = (claims.requestTimeoutMs ?? 0) * 2 + 2_000;
    const old = await connect();
    await old.increment({ times: 3 });
    const stuck = old.call('hang', { apply: 'never' }, { deadlineMs });
    await old.increment({ times: 5 });
    // Its replacement: the old one cannot even be ended upstream while the new one is opened.
    const deaf = await upstream('counter').misbehave({ kind: 'silent-delete' });
    const ending = await connect();
    await ending.increment();
    await ending.delete();
    const replacement = await connect();
    await replacement.increment({ times: 5 });
    await deaf.heal();
    await together(stuck.outcome);
    await goOn(old);
  },
});
