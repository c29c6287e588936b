import { oneUpstreamSession, ownCounter } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

const SESSIONS = 20;
const CALLS = 4;
const DELAY_MAX_MS = 150;

export default scenario({
  title:
    'Twenty sessions that use the same JSON-RPC ids get their own answers, in whatever order those come',
  requirements: ['ISO-01', 'SES-20'],
  upstreams: { counter: counter() },
  checks: [ownCounter, oneUpstreamSession],
  operationsMin: SESSIONS * CALLS,
  async run({ connectMany, together, random }) {
    const sessions = await connectMany(SESSIONS, { user: 'alice' });
    const delays = random.fork('delays');
    const calls = sessions.flatMap((session) =>
      Array.from({ length: CALLS }, (_, index) =>
        session.call(
          'echo',
          { tag: `${session.label}-${index}`, delayMs: delays.int(0, DELAY_MAX_MS) },
          { requestId: 1000 + index },
        ),
      ),
    );
    await together(...calls.map((call) => call.outcome));
    await together(...sessions.map((session) => session.increment()));
  },
});
