/**
 * Loaded before a program whose memory is weighed (`node --expose-gc --import …`): on SIGUSR2 it
 * collects garbage and writes what is left to standard error. The program itself stays as it is.
 */

let collections = 0;

process.on('SIGUSR2', () => {
  // What the first one frees may keep something else alive until the second.
  globalThis.gc?.();
  setImmediate(() => {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    collections += 1;
    process.stderr.write(`collected ${collections} ${rss} ${heapUsed + external}\n`);
  });
});
