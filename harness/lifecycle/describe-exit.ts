import type { ProcessExit } from './owned-process.ts';

/** "exit code 1", "signal SIGKILL". */
export function describeExit(exit: Pick<ProcessExit, 'code' | 'signal'> | undefined): string {
  if (exit === undefined) return 'no exit';
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}
