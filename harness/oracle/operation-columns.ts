/** What the sweeps over the ledger ask of operations again and again, as columns by index. */

import { mayIncrement, toldValue } from '../history/counting.ts';
import type { Operation } from '../history/operation.ts';

export interface OperationColumns {
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  /** Sessions of clients, numbered. */
  readonly clientOf: Int32Array;
  readonly isOk: Uint8Array;
  readonly mayIncrement: Uint8Array;
  /** The value that a successful read was told; NaN for whatever is none. */
  readonly read: Float64Array;
}

export function operationColumns(operations: readonly Operation[]): OperationColumns {
  const count = operations.length;
  const columns = {
    startMs: new Float64Array(count),
    endMs: new Float64Array(count),
    clientOf: new Int32Array(count),
    isOk: new Uint8Array(count),
    mayIncrement: new Uint8Array(count),
    read: new Float64Array(count).fill(NaN),
  };
  const clients = new Map<string, number>();
  for (let index = 0; index < count; index += 1) {
    const operation = operations[index] as Operation;
    const { session } = operation.invoke;
    let client = clients.get(session);
    if (client === undefined) clients.set(session, (client = clients.size));
    columns.clientOf[index] = client;
    columns.startMs[index] = operation.startMs;
    columns.endMs[index] = operation.endMs;
    const isOk = operation.outcome?.type === 'ok';
    if (isOk) columns.isOk[index] = 1;
    if (mayIncrement(operation)) columns.mayIncrement[index] = 1;
    else if (isOk) columns.read[index] = toldValue(operation) ?? NaN;
  }
  return columns;
}
