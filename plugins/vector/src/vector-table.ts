import { PluginError } from '@ia-modules/plugin-sdk';
import type { SqlSession } from '@ia-modules/plugin-sql';
import type { TableFields } from './vector-fields.ts';

export type Backend = 'pgvector' | 'exact';

/** A table of vectors as it is; its name is quoted. */
export type VectorTable = { readonly quoted: string; readonly backend: Backend; readonly isThere: boolean };

const FEW = { maxRows: 10, maxBytes: 10_000 };

/** Looks which kind of vectors a table has, or shall get. */
export const findTable = async (session: SqlSession, { table, backend }: TableFields): Promise<VectorTable> => {
  const quoted = table
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
  const kept = await readBackend(session, quoted);
  if (kept !== undefined && backend !== 'auto' && backend !== kept) throw otherBackend(kept);
  if (kept !== undefined) return { quoted, backend: kept, isThere: true };
  if (backend === 'exact') return { quoted, backend, isThere: false };
  const isInstalled = await isAny(session, `select 1 from pg_extension where extname = 'vector'`);
  if (backend === 'pgvector' && !isInstalled) await checkAvailable(session);
  return { quoted, backend: isInstalled || backend === 'pgvector' ? 'pgvector' : 'exact', isThere: false };
};

/** Makes the table for vectors of so many numbers. */
export const makeTable = async (
  session: SqlSession,
  { quoted, backend }: VectorTable,
  dimensions: number,
): Promise<void> => {
  if (backend === 'pgvector') await run(session, 'create extension if not exists vector');
  const type =
    backend === 'pgvector'
      ? `vector(${dimensions})`
      : `float8[] check (cardinality(embedding) = ${dimensions} and array_position(embedding, null) is null)`;
  await run(
    session,
    `create table if not exists ${quoted} (id text primary key, embedding ${type} not null, content text, metadata jsonb not null default '{}')`,
  );
};

const readBackend = async (session: SqlSession, quoted: string): Promise<Backend | undefined> => {
  const { rows } = await session.execute(
    {
      sql: `select format_type(atttypid, null) as type from pg_attribute
            where attrelid = to_regclass($1) and attname = 'embedding' and not attisdropped`,
      bindings: [quoted],
    },
    FEW,
  );
  const type = rows[0]?.['type'];
  if (type === undefined) return undefined;
  if (type === 'double precision[]') return 'exact';
  if (typeof type === 'string' && /(^|\.)vector$/.test(type)) return 'pgvector';
  throw new PluginError({
    name: 'ValidationError',
    message: 'The column "embedding" of the table is neither a vector nor a list of numbers.',
    hint: 'Use a table that vector.upsert has made.',
  });
};

const checkAvailable = async (session: SqlSession): Promise<void> => {
  if (await isAny(session, `select 1 from pg_available_extensions where name = 'vector'`)) return;
  throw new PluginError({
    name: 'ExtensionMissingError',
    message: 'This PostgreSQL has no extension "vector".',
    hint: 'Install pgvector on its server, or set "backend" to "exact".',
  });
};

const otherBackend = (kept: Backend): PluginError =>
  new PluginError({
    name: 'ValidationError',
    message: `The table keeps its vectors as ${kept}.`,
    hint: 'Set "backend" to "auto", or use another table.',
  });

const isAny = async (session: SqlSession, sql: string): Promise<boolean> =>
  (await session.execute({ sql, bindings: [] }, FEW)).rows.length > 0;

const run = async (session: SqlSession, sql: string): Promise<void> =>
  void (await session.execute({ sql, bindings: [] }, FEW));
