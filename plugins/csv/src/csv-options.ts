import { z } from 'zod';

export const MAX_TEXT_CHARS = 16 * 1_024 * 1_024;
export const MAX_ROWS = 100_000;
export const MAX_COLUMNS = 1_000;

export const delimiter = z.string().length(1).default(',').describe('Stands between fields: `,`, `;`, a tab …');
export const quote = z
  .string()
  .length(1)
  .default('"')
  .describe('Stands around fields that hold a delimiter or a line break.');

export const parseShape = {
  delimiter,
  quote,
  headers: z
    .union([z.boolean(), z.array(z.string().min(1).max(200)).min(1).max(MAX_COLUMNS)])
    .default(true)
    .describe('`true`: the first line names the columns. `false`: rows are lists. A list names the columns itself.'),
  types: z
    .enum(['text', 'infer'])
    .default('text')
    .describe('`infer` makes numbers, true, false and, of an empty field, null; numbers such as 007 stay texts.'),
  trim: z.boolean().default(false).describe('Takes white space from the ends of fields that are not quoted.'),
  comment: z.string().length(1).optional().describe('Lines that begin with it are passed over.'),
  on_bad_row: z
    .enum(['fail', 'collect'])
    .default('fail')
    .describe(
      'A row with too few or too many fields, or a stray quote: fails the step, or is left out and told of in `errors`.',
    ),
  max_rows: z.int().min(1).max(MAX_ROWS).default(MAX_ROWS).describe('More rows than that are an error.'),
};
const parseOptions = z.strictObject(parseShape);
export type ParseOptions = z.output<typeof parseOptions>;

export const formatShape = {
  columns: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(MAX_COLUMNS)
    .optional()
    .describe('Fields in their order. Left out: all that occur, in the order in which they first do.'),
  header: z.boolean().default(true).describe('Writes the names of the columns first.'),
  delimiter,
  quote,
  quote_all: z.boolean().default(false).describe('Quotes every field, not only those that need it.'),
  line_ending: z.enum(['lf', 'crlf']).default('lf').describe('What ends a line.'),
  bom: z.boolean().default(false).describe('Begins with a byte order mark, by which spreadsheets know UTF-8.'),
  guard_formulas: z
    .boolean()
    .default(true)
    .describe(
      "Puts `'` before texts that a spreadsheet would run as a formula: those that begin with = + - @, a tab or a return.",
    ),
};
const formatOptions = z.strictObject(formatShape);
export type FormatOptions = z.output<typeof formatOptions>;
