/** Rounds and alarms with everything that a test does not care about filled in. */

import type { FlakeAlarm, FlakeRound } from './flake-round.ts';
import type { FlakeSubject } from './flake-state.ts';

export const SUBJECT: FlakeSubject = {
  suite: '1.2.3',
  sources: 'abcdef012345',
  target: 'reference 1.2.3',
  start: 'gw at http://127.0.0.1:1/mcp',
  claims: '{}',
  load: 'plain',
  seed: 7,
};

export function aRound(parts: Partial<FlakeRound> = {}): FlakeRound {
  return {
    round: 0,
    seed: 11,
    jobs: 2,
    startedAt: '2026-11-21T10:00:00.000Z',
    durationMs: 20_000,
    machine: 'a machine',
    passed: {},
    alarms: [],
    troubles: [],
    ...parts,
  };
}

export function anAlarm(parts: Partial<FlakeAlarm> = {}): FlakeAlarm {
  return {
    id: 'group/one',
    repeat: 0,
    verdict: 'inconclusive',
    why: 'the machine was too busy',
    checks: [],
    ownError: false,
    ...parts,
  };
}
