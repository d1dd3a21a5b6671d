export type Cell = string | number;

/** Renders rows as a Markdown table that also reads well as it is: padded, numbers to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(formatCell));
  const widths = header.map((name, column) =>
    Math.max(3, name.length, ...texts.map((row) => row[column]?.length ?? 0)),
  );
  const isNumeric = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const pad = (text: string, column: number) =>
    isNumeric[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  const line = (cells: readonly string[]) =>
    `| ${header.map((_, column) => pad(cells[column] ?? '', column)).join(' | ')} |`;
  const rule = header.map((_, column) => {
    const dashes = '-'.repeat((widths[column] ?? 3) - (isNumeric[column] ? 1 : 0));
    return isNumeric[column] ? `${dashes}:` : dashes;
  });
  return [line(header), `| ${rule.join(' | ')} |`, ...texts.map(line)].join('\n');
}

/** Three significant digits; whole above a hundred. */
function formatCell(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (!Number.isFinite(cell)) return '–';
  const magnitude = Math.abs(cell);
  if (magnitude >= 100 || Number.isInteger(cell)) return String(Math.round(cell));
  return Number(cell.toPrecision(3)).toString();
}
