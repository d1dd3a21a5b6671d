import stringWidth from 'string-width';
import type { Terminal } from './terminal.ts';

/** Cells as they are shown, in columns as wide as their widest cell. */
export type Table = { readonly titles: readonly string[]; readonly rows: readonly (readonly string[])[] };

const GAP = '  ';

/** A table for people; without rows it is empty. */
export const formatTable = ({ titles, rows }: Table, style: Terminal['style']): string => {
  if (rows.length === 0) return '';
  const widths = titles.map((title, column) =>
    Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => padTo(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
  return [style('dim', line(titles)), ...rows.map(line)].map((text) => `${text}\n`).join('');
};

/** A list of names with their values, the names in one column. */
export const formatFields = (fields: readonly (readonly [string, string])[], style: Terminal['style']): string => {
  const width = Math.max(0, ...fields.map(([name]) => stringWidth(name)));
  return fields.map(([name, value]) => `${style('dim', padTo(name, width))}${GAP}${value}\n`).join('');
};

const padTo = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)));
