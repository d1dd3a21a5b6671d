import { type Database, type Plugin, type Prisma, can, withTenant } from '@ia-modules/database';
import { z } from 'zod';
import type { Caller } from './caller.ts';

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
export async function search(database: Database, caller: Caller, { words, size, from }: SearchQuery): Promise<object> {
  const where: Prisma.PluginWhereInput = { AND: words.map(matches) };
  const read = async (tx: Prisma.TransactionClient) => ({
    total: await tx.plugin.count({ where }),
    found: await tx.plugin.findMany({ where, orderBy: { name: 'asc' }, take: size, skip: from }),
  });
  const tenantId = tenantOf(caller);
  // Without a tenant, row-level security leaves the public plugins.
  const { total, found } = await (tenantId === null
    ? database.prisma.$transaction(read)
    : withTenant(database, tenantId, read));
  return { objects: found.map(toObject), total, time: new Date().toUTCString() };
}

function tenantOf(caller: Caller): string | null {
  if (caller.kind !== 'token') return null;
  const { principal } = caller;
  return can(principal, principal.tenantId, 'plugin.read') ? principal.tenantId : null;
}

function matches(word: string): Prisma.PluginWhereInput {
  const keyword = KEYWORD.exec(word)?.[1];
  if (keyword !== undefined) return { keywords: { has: keyword } };
  const contains = { contains: word, mode: 'insensitive' } as const;
  return { OR: [{ name: contains }, { title: contains }, { description: contains }, { keywords: { has: word } }] };
}

function toObject({ name, latestVersion, description, keywords, updatedAt }: Plugin): object {
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
    searchScore: 1,
  };
}
