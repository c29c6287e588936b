/** A Markdown table as prettier writes it, so that a generated page is a formatted one. */

export type Column = readonly [title: string, alignment: 'left' | 'right'];

export function markdownTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(([title], index) =>
    Math.max(3, title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const padded = (cells: readonly string[]): string =>
    line(
      columns.map(([, alignment], index) => {
        const [cell = '', width = 0] = [cells[index], widths[index]];
        return alignment === 'left' ? cell.padEnd(width) : cell.padStart(width);
      }),
    );
  const rule = columns.map(([, alignment], index) =>
    alignment === 'left'
      ? '-'.repeat(widths[index] ?? 0)
      : `${'-'.repeat((widths[index] ?? 1) - 1)}:`,
  );
  return [padded(columns.map(([title]) => title)), line(rule), ...rows.map(padded)].join('');
}
