import {
  cancelReachesUpstream,
  noSilentReset,
  oneUpstreamSession,
  ownCounter,
} from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
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
    const cancelled = doomed.map((call) => call.cancel());
    await together(...cancelled, ...[...doomed, ...spared].map((call) => call.outcome));
    const arrivals = async () =>
      (await struck.ledger()).filter((line) => line.kind === 'cancel').map((line) => line.atMs);
    await eventually(CANCELS_DUE_MS, async () => (await arrivals()).length >= doomed.length);
    const atMs = await arrivals();
    const spanMs = atMs.length === 0 ? 0 : Math.max(...atMs) - Math.min(...atMs);
    fact('cancel-span', { cancels: atMs.length, spanMs });
    await together(...everybody.map((session) => session.increment()));
  },
});
