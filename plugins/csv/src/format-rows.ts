import { checkSize, createPace, overLimit, refusedInput } from '@ia-modules/bounded-work';
import type { Json, JsonObject, PluginContext } from '@ia-modules/plugin-sdk';
import { stringify } from 'csv-stringify/sync';
import { type FormatOptions, MAX_COLUMNS, MAX_ROWS, MAX_TEXT_CHARS } from './csv-options.ts';

const ROWS_AT_ONCE = 200;
/** What spreadsheets take for the start of a formula, in its wide forms as well. */
const FORMULA = /^[=+\-@\t\r\uFF0B\uFF0D\uFF1D\uFF20]/;
const PLAIN_NUMBER = /^[+-]?\d{1,30}(?:[.,]\d{1,30})?$/;

/** @throws PluginError `IA_PLUGIN_INPUT`, `IA_PLUGIN_LIMIT` */
export const formatRows = async (value: Json, options: FormatOptions, ctx: PluginContext): Promise<string> => {
  checkSize(value);
  const rows = asRows(value);
  const columns = options.columns ?? columnsOf(rows);
  const parts: string[] = options.bom ? ['\uFEFF'] : [];
  if (options.header && columns.length > 0) parts.push(write([columns.map((name) => cellOf(name, options))], options));
  const pace = createPace(ctx);
  let length = 0;
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const cells = rows
      .slice(start, start + ROWS_AT_ONCE)
      .map((row) => cellsOf(row, columns).map((cell) => cellOf(cell, options)));
    const text = write(cells, options);
    length += text.length;
    if (length > MAX_TEXT_CHARS) throw overLimit(`CSV may have ${MAX_TEXT_CHARS} characters.`);
    parts.push(text);
    if (!pace.isDue()) continue;
    await pace.rest();
    ctx.progress(start / rows.length);
  }
  return parts.join('');
};

const write = (
  cells: string[][],
  { delimiter, quote, quote_all: isQuoted, line_ending: ending }: FormatOptions,
): string =>
  stringify(cells, {
    delimiter,
    quote,
    escape: quote,
    quoted: isQuoted,
    quoted_match: /\r/,
    record_delimiter: ending === 'lf' ? '\n' : '\r\n',
  });

type Row = JsonObject | readonly Json[];

const asRows = (value: Json): readonly Row[] => {
  if (!Array.isArray(value)) throw refusedInput('What is written as CSV has to be a list.');
  if (value.length > MAX_ROWS) throw overLimit(`CSV may have ${MAX_ROWS} rows.`);
  const at = value.findIndex((row: Json) => typeof row !== 'object' || row === null);
  if (at !== -1) throw refusedInput(`Row ${at} is neither an object nor a list.`);
  return value as readonly Row[];
};

const isList = (row: Row): row is readonly Json[] => Array.isArray(row);

const columnsOf = (rows: readonly Row[]): readonly string[] => {
  const names = new Set<string>();
  for (const row of rows) if (!isList(row)) for (const name of Object.keys(row)) names.add(name);
  if (names.size > MAX_COLUMNS) throw overLimit(`CSV may have ${MAX_COLUMNS} columns.`, 'Name some in columns.');
  return [...names];
};

const cellsOf = (row: Row, columns: readonly string[]): readonly (Json | undefined)[] =>
  isList(row) ? row : columns.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined));

const cellOf = (value: Json | undefined, options: FormatOptions): string => {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return typeof value === 'object' ? JSON.stringify(value) : String(value);
  const isFormula = options.guard_formulas && FORMULA.test(value) && !PLAIN_NUMBER.test(value);
  return isFormula ? `'${value}` : value;
};
