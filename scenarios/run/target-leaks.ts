import { nothingLeftAtRest } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { openDescriptors } from '../../harness/target/open-descriptors.ts';
import { scenario } from '../../harness/run/scenario.ts';

const BATCHES = 4;
const BATCH = 15;
/** How long what was ended may take to be let go. */
const RELEASE_MS = 3_000;
/** Equal ones in a row after which nothing is being closed any more. */
const STILL_READINGS = 5;

export default scenario({
  title: 'Sessions that are ended leave nothing behind at rest',
  requirements: ['STR-19', 'SES-09'],
  upstreams: { counter: counter() },
  checks: [nothingLeftAtRest],
  operationsMin: BATCHES * BATCH * 3,
  deadlineMs: 60_000,
  async run({ connectMany, together, upstream, target, fact, eventually }) {
    const { fixture } = upstream('counter');
    let resting: number | undefined;
    let sessionsEnded = 0;
    /** Sockets of clients close a moment after their sessions: their number is read when it stands still. */
    const settledDescriptors = async (): Promise<number | undefined> => {
      const { pid } = target;
      if (pid === undefined) return undefined;
      const readings: (number | undefined)[] = [];
      await eventually(RELEASE_MS, () => {
        readings.push(openDescriptors(pid));
        const latest = readings.slice(-STILL_READINGS);
        return Promise.resolve(latest.length === STILL_READINGS && new Set(latest).size === 1);
      });
      return readings.at(-1);
    };
    // The first batch warms the target up; its level is the one the others are held against.
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const sessions = await connectMany(BATCH);
      await together(...sessions.map((session) => session.increment({ times: 2 })));
      await together(
        ...sessions.map(async (session) => {
          // A target may refuse DELETE, and then it has ended nothing.
          if ((await session.delete()).type === 'ok') sessionsEnded += 1;
          await session[Symbol.asyncDispose]();
        }),
      );
      const level = resting ?? 0;
      await eventually(RELEASE_MS, async () => (await fixture.stats()).sessions <= level);
      const { sessions: upstreamSessions } = await fixture.stats();
      resting ??= upstreamSessions;
      const descriptors = await settledDescriptors();
      fact('resting-level', {
        sessionsEnded,
        upstreamSessions,
        ...(descriptors !== undefined && { descriptors }),
      });
    }
  },
});
