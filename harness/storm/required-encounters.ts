/**
 * What every storm must have met before it says that nothing was broken. A part that is left out
 * stands for any: which operation it was matters less than that the fault met one in that phase.
 */

import { FAULT_KINDS, OPERATION_KINDS, type ScheduledFaultKind } from '../schedule/schedule.ts';
import type { Encounter } from './encounter.ts';

export type RequiredEncounter = Partial<Encounter>;

/** The others are refusals of what is sent from then on, or limits of connections that are made from then on. */
const IN_FLIGHT: readonly ScheduledFaultKind[] = [
  'latency',
  'slicer',
  'bandwidth',
  'freeze',
  'blackhole',
  'down',
  'kill',
];

export const REQUIRED_ENCOUNTERS: readonly RequiredEncounter[] = [
  // Every fault meets something that comes while it lasts, and those that reach what was sent before, such a call.
  ...FAULT_KINDS.map((fault): RequiredEncounter => ({ fault, phase: 'idle' })),
  ...IN_FLIGHT.map((fault): RequiredEncounter => ({ fault, phase: 'executing' })),
  // Every kind of operation meets some fault while it is under way.
  ...OPERATION_KINDS.map((operation): RequiredEncounter => ({ operation, phase: 'sent' })),
  // Something meets an answer that is streaming.
  { phase: 'streaming' },
];
