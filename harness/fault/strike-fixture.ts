/** Faults that the fixture itself plays, told so over its control channel. */

import type { CounterProcess } from '../fixture/counter-process.ts';
import type { ControlFault } from '../run/upstream-handle.ts';
import type { ActiveFault, ReceiptSink } from './active-fault.ts';
import { strike } from './struck-fault.ts';

export function strikeFixture(
  fixture: CounterProcess,
  fault: ControlFault,
  sink: ReceiptSink,
): Promise<ActiveFault> {
  const work = {
    strike: async () => {
      await fixture.control.command(fault);
      return [`the fixture took ${JSON.stringify(fault)}`];
    },
    heal: async () => {
      // Its successor never knew of it.
      if (!fixture.isRunning) return ['the fixture that misbehaved is gone'];
      await fixture.control.command({ kind: 'heal' });
      return ['the fixture took {"kind":"heal"}'];
    },
  };
  return strike({ kind: fault.kind, upstream: fixture.name }, work, sink);
}
