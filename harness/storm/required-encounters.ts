/**
 * What every storm must have met before it says that nothing was broken. A part that is left out
 * stands for any: which operation it was matters less than that the fault met one in that phase.
 */

import { FAULT_KINDS, OPERATION_KINDS, type ScheduledFaultKind } from '../schedule/schedule.ts';
import { DELAYING, type Encounter } from './encounter.ts';

export type RequiredEncounter = Partial<Encounter>;

/** They end what was sent before; the others refuse or limit what comes from then on, or delay both. */
const CUTTING: readonly ScheduledFaultKind[] = ['blackhole', 'down', 'kill'];

export const REQUIRED_ENCOUNTERS: readonly RequiredEncounter[] = [
  // Every fault meets something that comes while it lasts, and those that end calls such a call, too.
  ...FAULT_KINDS.filter((fault) => !DELAYING.includes(fault)).map((fault): RequiredEncounter => ({
    fault,
    phase: 'idle',
  })),
  ...CUTTING.map((fault): RequiredEncounter => ({ fault, phase: 'executing' })),
  // What delays does so to whatever passes; that it did has to be seen beyond what the machine delays.
  ...DELAYING.map((fault): RequiredEncounter => ({ fault })),
  // Every kind of operation meets some fault while it is under way.
  ...OPERATION_KINDS.map((operation): RequiredEncounter => ({ operation, phase: 'sent' })),
  // Something meets an answer that is streaming.
  { phase: 'streaming' },
];
