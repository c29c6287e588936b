import { ownCounter, stolenSessionRefused } from '../../harness/checks/index.ts';
import { counter } from '../../harness/fixture/counter.ts';
import { scenario } from '../../harness/run/scenario.ts';

export default scenario({
  title: "Another user's session id opens nothing: not by POST, not by GET, not by DELETE",
  requirements: ['SES-12'],
  upstreams: { counter: counter() },
  checks: [stolenSessionRefused, ownCounter],
  operationsMin: 6,
  usersMin: 2,
  async run({ connect }) {
    const victim = await connect({ user: 'alice' });
    await victim.increment({ times: 2 });
    const thief = victim.stolenBy('bob');
    await thief.increment();
    await thief.get();
    await thief.openStream();
    await thief.delete();
    await victim.increment();
    await victim.get();
  },
});
