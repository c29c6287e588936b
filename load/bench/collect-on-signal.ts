/**
 * Loaded before a program whose memory is weighed (`node --expose-gc --import …`): on SIGUSR2 it
 * collects garbage and writes what is left to standard error. The program itself stays as it is.
 */

/** The thorough kind also gives back the room of young objects, which follows the pace of calls. */
const THOROUGH = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const;

let collections = 0;

process.on('SIGUSR2', () => {
  // What the first one frees may keep something else alive until the second.
  globalThis.gc?.(THOROUGH);
  setImmediate(() => {
    globalThis.gc?.(THOROUGH);
    const { rss, heapUsed, external } = process.memoryUsage();
    collections += 1;
    process.stderr.write(`collected ${collections} ${rss} ${heapUsed + external}\n`);
  });
});
