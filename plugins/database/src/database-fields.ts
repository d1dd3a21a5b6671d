import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const MAX_SQL_CHARS = 100_000;
const MAX_BINDINGS = 10_000;

export const statementFields = {
  sql: z
    .string()
    .min(1)
    .max(MAX_SQL_CHARS)
    .describe('One statement. Values stand in `bindings`, never in the text: `?` or `:name` is their place.'),
  bindings: z
    .union([z.array(z.custom<Json>()).max(MAX_BINDINGS), z.record(z.string().regex(/^\w{1,100}$/), z.custom<Json>())])
    .default([])
    .describe('A list for `?`, or an object for `:name`. With bindings, a `?` that is an operator is written `\\?`.'),
};

export const resultFields = {
  max_rows: z.int().min(1).max(100_000).default(1_000).describe('How many rows may come back.'),
  max_bytes: z
    .int()
    .min(1)
    .max(16 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('How large they may be together, as JSON.'),
};

export const rows = z
  .array(z.record(z.string(), z.custom<Json>()))
  .describe('Each an object by column. See "Values" for dates, large numbers and bytes.');

export const columnName = z.string().regex(/^[A-Za-z_][\w$ -]{0,62}$/);
