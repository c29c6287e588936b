import {
  cancelReachesUpstream,
  noSilentReset,
  oneUpstreamSession,
  ownCounter,
} from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { nowMs } from '../../harness/lifecycle/clock.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 20;
const CALLS = 10;
/** Long enough that no call ends by itself before the storm reaches it. */
const CALL_MS = 8_000;
/** Long enough to outlive the storm, and well inside any request timeout on a busy machine. */
const BYSTANDER_MS = 1_500;
const CANCELS_DUE_MS = 3_000;

export default scenario({
  title:
    'Two hundred calls cancelled at once: each cancel arrives once, bystanders with the same ids survive, and so do all sessions',
  requirements: ['TMO-05', 'ISO-10'],
  issues: ['IBM/mcp-context-forge#3737', 'IBM/mcp-context-forge#1983'],
  upstreams: { counter: counter() },
  checks: [cancelReachesUpstream, oneUpstreamSession, noSilentReset, ownCounter],
  operationsMin: SESSIONS * CALLS,
  async run({ connectMany, together, fact, upstream, until, eventually }) {
    const sessions = await connectMany(SESSIONS);
    const bystanders = await connectMany(4);
    const everybody = [...sessions, ...bystanders];
    await together(...everybody.map((session) => session.increment()));
    const start = (delayMs: number) => (session: (typeof sessions)[number]) =>
      Array.from({ length: CALLS }, (_, index) =>
        session.call('slow_increment', { delayMs, apply: 'after' }, { requestId: 5000 + index }),
      );
    const struck = upstream('counter');
    const inFlight = (calls: number) =>
      until(5_000, 'all calls to be in flight upstream', async () => {
        const stats = await struck.fixture.stats();
        return stats.inFlight === calls;
      });
    const doomed = sessions.flatMap(start(CALL_MS));
    await inFlight(doomed.length);
    const spared = bystanders.flatMap(start(BYSTANDER_MS));
    await inFlight(doomed.length + spared.length);
    const startMs = nowMs();
    const cancelled = doomed.map((call) => call.cancel());
    fact('cancel-span', { cancels: doomed.length, spanMs: nowMs() - startMs });
    await together(...cancelled, ...[...doomed, ...spared].map((call) => call.outcome));
    await eventually(CANCELS_DUE_MS, async () => {
      const ledger = await struck.ledger();
      return (
        ledger.filter((line) => line.kind === 'cancel' && line.matched).length >= doomed.length
      );
    });
    await together(...everybody.map((session) => session.increment()));
  },
});
