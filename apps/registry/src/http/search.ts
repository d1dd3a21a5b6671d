import { type Database, type Plugin, can, withTenantClient } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import type { Caller } from '../access/caller.ts';

/** What `npm search` asks for, bounded. */
export type SearchQuery = Readonly<{ words: readonly string[]; size: number; from: number }>;

const DEFAULT_SIZE = 20;
const MAX_SIZE = 250;
const MAX_FROM = 10_000;
const MAX_WORDS = 10;
const MAX_TEXT_LENGTH = 200;
const KEYWORD = /^keywords?:(.+)$/i;

const bounded = (fallback: number, max: number) =>
  z.coerce
    .number()
    .int()
    .nonnegative()
    .transform((value) => Math.min(value, max))
    .catch(fallback);
const parametersSchema = z.object({
  text: z.string().catch(''),
  size: bounded(DEFAULT_SIZE, MAX_SIZE),
  from: bounded(0, MAX_FROM),
});

/** Reads the address of a search; what makes no sense in it is replaced by the default. */
export function parseSearchQuery(url: string): SearchQuery {
  const parameters = new URL(url, 'http://localhost').searchParams;
  const { text, size, from } = parametersSchema.parse(Object.fromEntries(parameters));
  const words = text
    .slice(0, MAX_TEXT_LENGTH)
    .split(/\s+/)
    .filter((word) => word !== '');
  return { words: words.slice(0, MAX_WORDS), size, from };
}

/** Searches what the caller may see, in the shape that npm reads: the community's plugins and those of the own tenant. */
export async function search(database: Database, caller: Caller, query: SearchQuery): Promise<object> {
  const { size, from } = query;
  const read = async (client: Pick<PoolClient, 'query'>) => {
    const { rows } = await client.query<FoundPlugin>(SEARCH, [textOf(query), keywordsOf(query), size, from]);
    const total =
      rows[0]?.total ??
      (await client.query<{ total: number }>(COUNT, [textOf(query), keywordsOf(query)])).rows[0]?.total;
    return { found: rows, total: total ?? 0 };
  };
  const tenantId = tenantOf(caller);
  // Without a tenant, row-level security leaves the public plugins.
  const { total, found } = await (tenantId === null
    ? read(database.pool)
    : withTenantClient(database.pool, tenantId, read));
  return { objects: found.map(toObject), total, time: new Date().toUTCString() };
}

type FoundPlugin = Pick<Plugin, 'name' | 'latestVersion' | 'description' | 'keywords' | 'updatedAt'> & {
  readonly score: number;
  readonly total: number;
};

const FOUND = 'search_plugins($1) s join plugins p on p.name = s.name where p.keywords @> $2::text[]';
const COUNT = `select count(*)::int as total from ${FOUND}`;
/** The same search as the marketplace's, in the same order. */
const SEARCH = `select p.name, p.latest_version as "latestVersion", p.description, p.keywords, p.updated_at as "updatedAt",
    (s.score / 1000000.0)::float8 as score, (count(*) over ())::int as total
  from ${FOUND} order by s.score desc, s.name desc limit $3 offset $4`;

/** What is not about keywords; null for nothing. */
function textOf({ words }: SearchQuery): string | null {
  const text = words.filter((word) => !KEYWORD.test(word)).join(' ');
  return text === '' ? null : text.toWellFormed().replaceAll('\0', ' ');
}

/** Those that a plugin has to have, all of them: `keywords:a,b`. */
function keywordsOf({ words }: SearchQuery): string[] {
  return words.flatMap((word) => KEYWORD.exec(word)?.[1]?.toWellFormed().replaceAll('\0', ' ').split(',') ?? []);
}

function tenantOf(caller: Caller): string | null {
  if (caller.kind !== 'token') return null;
  const { principal } = caller;
  return can(principal, principal.tenantId, 'plugin.read') ? principal.tenantId : null;
}

function toObject({ name, latestVersion, description, keywords, updatedAt, score }: FoundPlugin): object {
  const scope = name.slice(1, name.indexOf('/'));
  const publisher = { username: scope, email: '' };
  return {
    package: {
      name,
      scope,
      version: latestVersion,
      description,
      keywords,
      date: updatedAt.toISOString(),
      links: {},
      publisher,
      maintainers: [publisher],
    },
    score: { final: 1, detail: { quality: 1, popularity: 1, maintenance: 1 } },
    searchScore: score,
  };
}
