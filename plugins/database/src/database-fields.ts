import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

export const databaseFields = {
  connection: z
    .string()
    .min(1)
    .max(2_000)
    .describe(
      '`postgres://user:password@host:5432/database` or `sqlite:folder/file.db`, relative to the tenant’s files; a secret. PostgreSQL is asked over TLS, which is checked; `?sslmode=disable` leaves it out.',
    ),
  ca: z.string().max(100_000).optional().describe('A certificate (PEM) to trust instead of the public ones.'),
  timeout_ms: z.int().min(1).max(600_000).default(30_000).describe('How long the whole of it may take.'),
};

const fields = z.object(databaseFields);
export type DatabaseFields = z.infer<typeof fields>;

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

/** A table or a column, with its schema before a dot. */
export const identifier = z.string().regex(/^[A-Za-z_][\w$]{0,62}(\.[A-Za-z_][\w$]{0,62})?$/);
export const columnName = z.string().regex(/^[A-Za-z_][\w$ -]{0,62}$/);
