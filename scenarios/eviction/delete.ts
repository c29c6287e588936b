import { deleteEndsSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: 'DELETE ends the session on both sides, its id is dead, and a new session starts at zero',
  requirements: ['SES-09', 'SES-04'],
  upstreams: { counter: counter() },
  checks: [deleteEndsSession, ownCounter],
  operationsMin: 10,
  async run({ connect, eventually, upstream }) {
    const other = await connect();
    const session = await connect();
    await session.increment({ times: 3 });
    await session.delete();
    await eventually(3_000, async () => {
      const ledger = await upstream('counter').ledger();
      return ledger.some((line) => line.kind === 'delete');
    });
    await session.increment();
    await session.get();
    const fresh = await connect();
    await fresh.increment();
    await other.increment();
  },
});
