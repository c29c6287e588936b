/**
 * A few operations drawn on a time line, for people: one row each from sending to answer, with the
 * places where the ledger applied it and the faults that were active. Events stand in their order,
 * evenly spaced, because what contradicts each other is often microseconds apart.
 */

import type { Receipt } from '../fault/receipt.ts';
import { toldValue } from '../history/counting.ts';
import { ledgerRef, opRef } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';

export interface Witness {
  readonly operations: readonly Operation[];
  readonly lines: readonly LedgerEntry[];
  readonly receipts: readonly Receipt[];
  /** What times are counted from, on the recording's clock. */
  readonly zeroMs: number;
}

/** Columns from one event to the next. */
const STEP = 4;

interface Row {
  readonly label: string;
  readonly fromMs: number;
  /** Infinity: to the end of the line. */
  readonly toMs: number;
  readonly bar: readonly [from: string, between: string, to: string];
  readonly marks: readonly { readonly atMs: number; readonly sign: string }[];
  readonly told: string;
}

/** No row for nothing: empty where there is no witness. */
export function timeLine({ operations, lines, receipts, zeroMs }: Witness): readonly string[] {
  const own = new Set(operations.map(({ invoke }) => invoke.opId));
  const others = lines.filter((line) => !('opId' in line) || !own.has(line.opId));
  const rows = [
    ...operations.map((operation) => rowOf(operation, lines)),
    ...others.map(lineRow),
    ...receipts.map(faultRow),
  ];
  if (rows.length === 0) return [];
  const times = new Set(
    rows.flatMap(({ fromMs, toMs, marks }) => [fromMs, toMs, ...marks.map(({ atMs }) => atMs)]),
  );
  times.delete(Infinity);
  const inOrder = [...times].sort((a, b) => a - b);
  const columns = new Map(inOrder.map((timeMs, index) => [timeMs, index * STEP]));
  const width = Math.max(...rows.map(({ label }) => label.length));
  const length = (inOrder.length - 1) * STEP + 1;
  const drawn = rows.map(
    (row) => `${row.label.padEnd(width)}  ${draw(row, columns, length)}  ${row.told}`,
  );
  const first = atText(inOrder[0] as number, zeroMs);
  const last = atText(inOrder.at(-1) as number, zeroMs);
  const legend = `├ sent  ┤ answered  ● applied${receipts.length > 0 ? '  ░ fault' : ''}`;
  return [...drawn, `${legend}; in order, not to scale, from ${first} to ${last}`];
}

/** "+1.204 s" */
export function atText(timeMs: number, zeroMs: number): string {
  return `+${((timeMs - zeroMs) / 1000).toFixed(3)} s`;
}

function rowOf(operation: Operation, lines: readonly LedgerEntry[]): Row {
  const { invoke, startMs, endMs } = operation;
  const marks = lines
    .filter((line) => line.kind === 'apply')
    .filter(({ opId }) => opId === invoke.opId)
    .map(({ atMs }) => ({ atMs, sign: '●' }));
  const label = `${invoke.session} ${invoke.tool ?? invoke.method} ${opRef(operation)}`;
  return {
    label,
    fromMs: startMs,
    toMs: endMs,
    bar: ['├', '─', '┤'],
    marks,
    told: toldText(operation),
  };
}

function lineRow(line: LedgerEntry): Row {
  const { upstream, kind, atMs } = line;
  const sign = kind === 'apply' ? '●' : '○';
  return {
    label: `${upstream} ${kind}`,
    fromMs: atMs,
    toMs: atMs,
    bar: [sign, sign, sign],
    marks: [],
    told: ledgerRef(line),
  };
}

function faultRow({ id, kind, upstream, requestedAtMs, healedAtMs = Infinity }: Receipt): Row {
  return {
    label: `fault ${kind} on ${upstream}`,
    fromMs: requestedAtMs,
    toMs: healedAtMs,
    bar: ['░', '░', '░'],
    marks: [],
    told: id,
  };
}

/** What the client was told, without the words of the target, which may be anything. */
function toldText(operation: Operation): string {
  const { outcome } = operation;
  if (outcome === undefined) return 'no answer';
  const value = toldValue(operation);
  if (outcome.type === 'ok') return value === undefined ? 'ok' : `told ${value}`;
  const fate = outcome.type === 'fail' ? 'refused' : 'fate unknown';
  const code = outcome.status ?? outcome.code;
  return `${fate}: ${outcome.kind}${code === undefined ? '' : ` ${code}`}`;
}

function draw(
  { fromMs, toMs, bar, marks }: Row,
  columns: ReadonlyMap<number, number>,
  length: number,
): string {
  const cells = Array<string>(length).fill(' ');
  const from = columns.get(fromMs) as number;
  const to = columns.get(toMs) ?? length;
  cells.fill(bar[1], from, to);
  cells[from] = bar[0];
  if (to < length) cells[to] = to === from ? bar[0] : bar[2];
  for (const { atMs, sign } of marks) cells[columns.get(atMs) as number] = sign;
  return cells.join('');
}
