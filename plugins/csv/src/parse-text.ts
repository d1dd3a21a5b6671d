import { Readable } from 'node:stream';
import { createPace, overLimit, type Pace, refusedInput } from '@ia-modules/bounded-work';
import type { Json, PluginContext } from '@ia-modules/plugin-sdk';
import { CsvError, parse } from 'csv-parse';
import { MAX_COLUMNS, MAX_TEXT_CHARS, type ParseOptions } from './csv-options.ts';
import { toRow } from './to-row.ts';

const CHUNK_CHARS = 32_768;
const MAX_ERRORS = 1_000;
const MAX_CELLS = 1_000_000;

export type BadRow = { readonly line: number; readonly message: string };
export type ParsedText = { readonly rows: Json[]; readonly columns: readonly string[]; readonly errors: BadRow[] };

type Parsed = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

/**
 * Reads CSV row by row, letting others work in between.
 * @throws PluginError `IA_PLUGIN_INPUT` with the line, `IA_PLUGIN_LIMIT`
 */
export const parseText = async (text: string, options: ParseOptions, ctx: PluginContext): Promise<ParsedText> => {
  if (text.length > MAX_TEXT_CHARS) throw overLimit(`CSV may have ${MAX_TEXT_CHARS} characters.`);
  const rows: Json[] = [];
  const errors: BadRow[] = [];
  const report = (bad: BadRow): void => {
    if (errors.length >= MAX_ERRORS) {
      throw overLimit(`More than ${MAX_ERRORS} rows are bad.`, 'Check the delimiter and the quote.');
    }
    errors.push(bad);
  };
  let columns = Array.isArray(options.headers) ? checkColumns(options.headers, 1) : [];
  const pace = createPace(ctx);
  let cells = 0;
  for await (const { record, info } of readRecords({ text, options, pace: createPace(ctx) }, report)) {
    cells += record.length;
    if (cells > MAX_CELLS) throw overLimit(`CSV may have ${MAX_CELLS} fields.`);
    if (options.headers === true && columns.length === 0) columns = checkColumns(record, info.lines);
    else {
      if (rows.length >= options.max_rows) throw overLimit(`The text has more than ${options.max_rows} rows.`);
      const row = toRow(record, columns, options.types);
      if ('problem' in row) report({ line: info.lines, message: row.problem });
      else rows.push(row.value);
    }
    if (options.on_bad_row === 'fail') failAtFirst(errors, info.lines);
    if (!pace.isDue()) continue;
    await pace.rest();
    ctx.progress(Math.min(rows.length / options.max_rows, 0.99), `${rows.length} rows`);
  }
  if (options.on_bad_row === 'fail') failAtFirst(errors, Number.POSITIVE_INFINITY);
  return { rows, columns, errors: errors.toSorted((left, right) => left.line - right.line) };
};

/** The parser tells of stray quotes before the rows above them arrive here. */
const failAtFirst = (errors: readonly BadRow[], lines: number): void => {
  const reached = errors.filter(({ line }) => line <= lines).toSorted((left, right) => left.line - right.line);
  if (reached[0] !== undefined) throw badRow(reached[0]);
};

type Source = { readonly text: string; readonly options: ParseOptions; readonly pace: Pace };

const readRecords = ({ text, options, pace }: Source, report: (bad: BadRow) => void): AsyncIterable<Parsed> => {
  const parser = parse({
    bom: true,
    delimiter: options.delimiter,
    quote: options.quote,
    escape: options.quote,
    trim: options.trim,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 1_024 * 1_024,
    comment: options.comment ?? null,
    comment_no_infix: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error !== undefined) report(asBadRow(error));
    },
  });
  return readAll(chunksOf(text, pace), parser);
};

async function* readAll(texts: AsyncIterable<string>, parser: ReturnType<typeof parse>): AsyncGenerator<Parsed> {
  const chunks = Readable.from(texts);
  // What goes wrong with the text goes wrong with its reader.
  chunks.on('error', (error) => parser.destroy(error));
  try {
    for await (const parsed of chunks.pipe(parser)) yield parsed as Parsed;
  } catch (error) {
    throw error instanceof CsvError ? badRow(asBadRow(error)) : error;
  } finally {
    chunks.destroy();
  }
}

/** Much may be read before there is a row. */
async function* chunksOf(text: string, pace: Pace): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += CHUNK_CHARS) {
    yield text.slice(start, start + CHUNK_CHARS);
    if (pace.isDue()) await pace.rest();
  }
}

const asBadRow = (error: CsvError): BadRow => ({ line: Number(error['lines'] ?? 0), message: error.message });

const badRow = ({ line, message }: BadRow) =>
  refusedInput(`Line ${line} can not be read: ${message}`, 'Check delimiter and quote, or set on_bad_row to collect.', {
    line,
  });

const checkColumns = (names: readonly string[], line: number): readonly string[] => {
  if (names.length > MAX_COLUMNS) throw overLimit(`A row may have ${MAX_COLUMNS} fields.`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return names;
  throw refusedInput(`Two columns are called "${twice.slice(0, 100)}".`, 'Name them yourself in headers.', { line });
};
