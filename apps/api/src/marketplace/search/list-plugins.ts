import {
  CONTRIBUTION_KINDS,
  type ContributionKind,
  PLUGIN_CATEGORIES,
  type PluginCategory,
} from '@ia-modules/plugin-sdk';
import { type ListCount, MAX_COUNT } from '../../list-count.ts';
import { type CursorKey, type Keyset, keysetSql, type Page, SqlParameters } from '../../page.ts';
import { type CatalogueReader, type PluginRow, queryPlugins } from '../../plugins/plugin-rows.ts';
import { filterConditions, type PluginFilter, toSqlFilter } from './plugin-filter.ts';

export type PluginOrderField = 'relevance' | 'name' | 'updatedAt' | 'createdAt' | 'installs' | 'downloads' | 'rating';
export type PluginOrder = { readonly field: PluginOrderField; readonly direction: Keyset['order'] };

/** A plugin in a list, with how far up it stands where the list is ordered by that. */
export type ListedPlugin = PluginRow & { readonly score?: string };

type ListQuery = { readonly filter: PluginFilter; readonly order: PluginOrder; readonly page: Page };

const NAME = { column: 'p.name', type: 'text' } as const;

const KEY_COLUMNS: Readonly<Record<Exclude<PluginOrderField, 'relevance'>, Keyset['columns']>> = {
  name: [NAME],
  updatedAt: [{ column: 'p.updated_at', type: 'timestamptz' }, NAME],
  createdAt: [{ column: 'p.created_at', type: 'timestamptz' }, NAME],
  installs: [{ column: 'p.install_count', type: 'int' }, NAME],
  downloads: [{ column: 'p.download_count', type: 'bigint' }, NAME],
  rating: [{ column: 'plugin_rating(p.rating_sum, p.rating_count)', type: 'int' }, NAME],
};

/** Score, name, and the moment at which the scores were taken: they fade with time. */
const RELEVANCE_KEY_LENGTH = 3;

/** How many values a cursor of this order holds. */
export const pluginKeyLength = (field: PluginOrderField): number =>
  field === 'relevance' ? RELEVANCE_KEY_LENGTH : KEY_COLUMNS[field].length;

/** What a cursor of this order holds. */
export const pluginKey =
  (field: PluginOrderField, page: Page) =>
  (row: ListedPlugin): CursorKey => {
    if (field === 'relevance') return [row.score ?? '0', row.name, scoredAt(page)];
    if (field === 'name') return [row.name];
    const value = { installs: row.installCount, downloads: row.downloadCount, rating: row.rating };
    return [field === 'updatedAt' || field === 'createdAt' ? row[field].toISOString() : value[field], row.name];
  };

const moments = new WeakMap<Page, string>();

/** When the scores of a page are taken: as those of the page before. */
const scoredAt = (page: Page): string => {
  const given = page.after?.[2] ?? page.before?.[2] ?? moments.get(page) ?? new Date().toISOString();
  moments.set(page, String(given));
  return String(given);
};

/** Plugins in reading direction, one more than the page has. */
export const listPlugins = async (
  reader: CatalogueReader,
  { filter, order, page }: ListQuery,
): Promise<ListedPlugin[]> => {
  const parameters = new SqlParameters();
  const sqlFilter = await toSqlFilter(reader, filter);
  if (order.field === 'relevance') return listByRelevance(reader, { filter, sqlFilter, order, page });
  if (filter.search === null) {
    const conditions = filterConditions(sqlFilter, parameters);
    const keyset = keysetSql({ columns: KEY_COLUMNS[order.field], order: order.direction }, page, parameters);
    const where = `${conditions} and ${keyset.where} ${keyset.orderAndLimit}`;
    return queryPlugins(reader, { columns: '', from: '', where, parameters });
  }
  const found = `search_plugins(${parameters.add(filter.search, 'text')}, ${parameters.add(JSON.stringify(sqlFilter), 'jsonb')}) s`;
  const keyset = keysetSql({ columns: KEY_COLUMNS[order.field], order: order.direction }, page, parameters);
  const where = `p.name = s.name and ${keyset.where} ${keyset.orderAndLimit}`;
  return queryPlugins(reader, { columns: '', from: `${found},`, where, parameters });
};

const listByRelevance = (
  reader: CatalogueReader,
  { filter, sqlFilter, order, page }: ListQuery & { readonly sqlFilter: Readonly<Record<string, unknown>> },
): Promise<ListedPlugin[]> => {
  const isReversed = order.direction === 'asc';
  const cut = {
    limit: page.limit + 1,
    isBackward: page.isBackward !== isReversed,
    after: (isReversed ? page.before : page.after)?.slice(0, 2) ?? null,
    before: (isReversed ? page.after : page.before)?.slice(0, 2) ?? null,
  };
  const parameters = new SqlParameters();
  const values = [
    parameters.add(filter.search, 'text'),
    parameters.add(JSON.stringify(sqlFilter), 'jsonb'),
    parameters.add(scoredAt(page), 'timestamptz'),
    parameters.add(JSON.stringify(cut), 'jsonb'),
  ];
  const direction = cut.isBackward ? 'asc' : 'desc';
  return queryPlugins(reader, {
    columns: ', s.score',
    from: `search_plugins(${values.join(', ')}) s,`,
    where: `p.name = s.name order by s.score ${direction}, s.name ${direction}`,
    parameters,
  });
};

/** The rows that a filter lets through, as `p`, no more than are counted. */
const matching = (filter: PluginFilter, sqlFilter: Readonly<Record<string, unknown>>, limit: number) => {
  const parameters = new SqlParameters();
  const source =
    filter.search === null
      ? `plugins p where ${filterConditions(sqlFilter, parameters)}`
      : `search_plugins(${parameters.add(filter.search, 'text')}, ${parameters.add(JSON.stringify(sqlFilter), 'jsonb')}) s
          join plugins p on p.name = s.name`;
  return { parameters, sql: `(select p.category, p.contribution_kinds from ${source} limit ${limit}) found` };
};

export const countPlugins = async (
  reader: CatalogueReader,
  { filter, max }: Readonly<{ filter: PluginFilter; max: number }>,
): Promise<ListCount> => {
  const bound = Math.min(Math.max(max, 0), MAX_COUNT);
  const { sql, parameters } = matching(filter, await toSqlFilter(reader, filter), bound + 1);
  const { rows } = await reader.query<{ count: number }>(
    `select count(*)::int as count from ${sql}`,
    parameters.values,
  );
  const count = rows[0]?.count ?? 0;
  return { count: Math.min(count, bound), isExact: count <= bound };
};

export type PluginFacets = {
  readonly categories: readonly { readonly category: PluginCategory; readonly count: number }[];
  readonly kinds: readonly { readonly kind: ContributionKind; readonly count: number }[];
};

type FacetRow = { readonly facet: 'category' | 'kind'; readonly value: string; readonly count: number };

/** How many of the plugins found are of each category and kind; what there is none of is left out. */
export const readFacets = async (reader: CatalogueReader, filter: PluginFilter): Promise<PluginFacets> => {
  const { sql, parameters } = matching(filter, await toSqlFilter(reader, filter), MAX_COUNT);
  const statement = `with found as materialized (select * from ${sql})
    select 'category' as facet, category as value, count(*)::int as count from found group by 2
    union all
    select 'kind', kind, count(*)::int from found, unnest(found.contribution_kinds) kind group by 2`;
  const { rows } = await reader.query<FacetRow>(statement, parameters.values);
  const countOf = (facet: FacetRow['facet'], value: string): number =>
    rows.find((row) => row.facet === facet && row.value === value)?.count ?? 0;
  return {
    categories: PLUGIN_CATEGORIES.map((category) => ({ category, count: countOf('category', category) })).filter(
      hasAny,
    ),
    kinds: CONTRIBUTION_KINDS.map((kind) => ({ kind, count: countOf('kind', kind) })).filter(hasAny),
  };
};

const hasAny = ({ count }: { readonly count: number }): boolean => count > 0;
