/**
 * What every storm must have met before it says that nothing was broken. A part that is left out
 * stands for any: which operation it was matters less than that the fault met one in that phase.
 */

import { FAULT_KINDS, OPERATION_KINDS } from '../schedule/schedule.ts';
import type { Encounter } from './encounter.ts';

export type RequiredEncounter = Partial<Encounter>;

export const REQUIRED_ENCOUNTERS: readonly RequiredEncounter[] = [
  // Every fault meets something that was sent before it struck, and something that comes while it lasts.
  ...FAULT_KINDS.flatMap((fault): readonly RequiredEncounter[] => [
    { fault, phase: 'executing' },
    { fault, phase: 'idle' },
  ]),
  // Every kind of operation meets some fault while it is under way.
  ...OPERATION_KINDS.map((operation): RequiredEncounter => ({ operation, phase: 'sent' })),
  // Something meets an answer that is streaming.
  { phase: 'streaming' },
];
