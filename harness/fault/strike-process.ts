/** Faults of the fixture's whole process. */

import { readFile } from 'node:fs/promises';
import type { CounterProcess } from '../fixture/counter-process.ts';
import { until } from '../lifecycle/deadline.ts';
import type { ActiveFault, ReceiptSink } from './active-fault.ts';
import { strike } from './struck-fault.ts';
import { WireWitness, witnessed } from './wire-witness.ts';

const STATE_TIMEOUT_MS = 2000;

/** SIGKILL; healed by a successor on the same port with the next epoch. */
export function strikeKill(fixture: CounterProcess, sink: ReceiptSink): Promise<ActiveFault> {
  const work = {
    strike: async () => {
      const { pid, port } = fixture;
      using witness = await WireWitness.open(port);
      await fixture.kill();
      return [
        `process ${pid} is reaped`,
        ...(await witnessed(witness, 'a connection that was open')),
      ];
    },
    heal: async () => {
      await fixture.revive();
      return [`process ${fixture.pid} listens as ${fixture.epoch}`];
    },
  };
  return strike({ kind: 'kill', upstream: fixture.name }, work, sink);
}

/** SIGSTOP; healed by SIGCONT. */
export function strikeFreeze(fixture: CounterProcess, sink: ReceiptSink): Promise<ActiveFault> {
  const work = {
    strike: () => {
      fixture.signal('SIGSTOP');
      return waitForState(fixture.pid, 'stopped', (state) => state === 'T');
    },
    heal: async () => {
      fixture.signal('SIGCONT');
      const seen = await waitForState(fixture.pid, 'running', (state) => state !== 'T');
      const { epoch } = await fixture.stats();
      return [...seen, `its control channel answers as ${epoch}`];
    },
  };
  return strike({ kind: 'stop', upstream: fixture.name }, work, sink);
}

async function waitForState(
  pid: number,
  name: string,
  isReached: (state: string) => boolean,
): Promise<readonly string[]> {
  const state = await until(STATE_TIMEOUT_MS, `process ${pid} to be ${name}`, async () => {
    const now = await stateOf(pid);
    return (now === undefined || isReached(now)) && (now ?? 'unknown');
  });
  return [`the kernel shows process ${pid} in state ${state}`];
}

/** Undefined where there is no /proc. */
async function stateOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).charAt(0);
  } catch {
    return undefined;
  }
}
