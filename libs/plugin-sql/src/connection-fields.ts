import { z } from 'zod';

/** What names a database in the `with` of a step. */
export const connectionFields = {
  connection: z
    .string()
    .min(1)
    .max(2_000)
    .describe(
      "`postgres://user:password@host:5432/database`; a secret. It is asked over TLS, which is checked; `?sslmode=disable` leaves that out. Or `sqlite:folder/file.db`, below the tenant's files.",
    ),
  ca: z.string().max(100_000).optional().describe('A certificate (PEM) to trust instead of the public ones.'),
  timeout_ms: z.int().min(1).max(600_000).default(30_000).describe('How long the whole of it may take.'),
};

const fields = z.object(connectionFields);
export type ConnectionFields = z.infer<typeof fields>;

/** A table, with its schema before a dot if need be. */
export const tableName = z
  .string()
  .regex(/^[A-Za-z_][\w$]{0,62}(\.[A-Za-z_][\w$]{0,62})?$/)
  .describe('The table, with its schema before a dot if need be.');
