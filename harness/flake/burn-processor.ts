/**
 * A program that keeps one core busy. It ends when it is killed or when whoever started it is gone,
 * whose process id is its argument: nobody else would end it after a SIGKILL to them.
 */

const LOOK_EVERY_MS = 50;
const owner = Number(process.argv[2]);

while (process.ppid === owner) {
  const until = performance.now() + LOOK_EVERY_MS;
  while (performance.now() < until) Math.sqrt(until);
}
