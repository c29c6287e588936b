/** Reads against what the counter stood at while they were executed. */

import { toldValue } from '../history/counting.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from './anomaly.ts';
import type { JudgedCase } from './case-file.ts';
import type { Effect } from './effects.ts';

export function readAnomalies(
  { operations, counters, join, hasOwnAnswer }: JudgedCase,
  effects: readonly Effect[],
): readonly Anomaly[] {
  const explained = new Set<Operation>();
  for (const { operation, home, first, last } of effects) {
    const told = toldValue(operation) ?? -1;
    if (told < counters.valueBefore(home, first)) continue;
    if (told <= counters.valueBefore(home, last)) explained.add(operation);
  }
  return operations.flatMap((operation): readonly Anomaly[] => {
    const { invoke, outcome } = operation;
    const isJudged = invoke.tool === 'get' && outcome?.type === 'ok' && hasOwnAnswer(operation);
    if (!isJudged || explained.has(operation) || toldValue(operation) === undefined) return NONE;
    const lines = join.servicesOf(operation).map(({ line }) => line);
    // Without its opId a request cannot be found, and the answer shows that it was lost on the way.
    if (lines.length === 0 && outcome.payload?.['opId'] !== invoke.opId) return NONE;
    const { session, upstream } = invoke;
    return [
      {
        name: 'WRONG_VALUE',
        session,
        operations: [operation],
        lines,
        ...(upstream !== undefined && { upstream }),
      },
    ];
  });
}

const NONE: readonly Anomaly[] = [];
