import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import type { ContributionKind, PluginCategory } from '@ia-modules/plugin-sdk';
import { SqlParameters } from '../../page.ts';
import type { CatalogueReader } from '../../plugins/plugin-rows.ts';
import { isCompatible } from '../../plugins/version-ranges.ts';

export type PluginFilter = {
  /** What somebody looks for; null: all plugins. */
  readonly search: string | null;
  readonly category: PluginCategory | null;
  readonly kind: ContributionKind | null;
  /** Whose: the scope, without the `@`. */
  readonly publisher: string | null;
  readonly verifiedOnly: boolean;
  /** Null: either. */
  readonly builtIn: boolean | null;
  readonly compatibleOnly: boolean;
  readonly minRating: number | null;
};

const MAX_SEARCH_CHARS = 200;
const MAX_RANGES = 1_000;

/** A text that can be looked for, whatever was typed; null for nothing. */
export const searchText = (given: string | null | undefined): string | null => {
  const text = (given ?? '').slice(0, MAX_SEARCH_CHARS).toWellFormed().replaceAll('\0', ' ').trim();
  return text === '' ? null : text;
};

const builtInNames = (): string[] => [...BUILT_IN_PLUGINS.values()].map(({ name }) => name);

const READ_RANGES = `select distinct platform_range as range from plugins where platform_range is not null limit ${MAX_RANGES}`;

/** What search_plugins reads as its filter. Ranges of versions are judged here: the database knows none. */
export const toSqlFilter = async (
  reader: CatalogueReader,
  filter: PluginFilter,
): Promise<Readonly<Record<string, unknown>>> => {
  const ranges = filter.compatibleOnly ? (await reader.query<{ range: string }>(READ_RANGES)).rows : [];
  const names = filter.builtIn === null ? undefined : builtInNames();
  return {
    ...(filter.category !== null && { category: filter.category }),
    ...(filter.kind !== null && { kind: filter.kind }),
    ...(filter.publisher !== null && { scope: filter.publisher }),
    ...(filter.verifiedOnly && { verifiedOnly: true }),
    ...(filter.minRating !== null && { minRating: Math.round(filter.minRating * 1_000) }),
    ...(filter.builtIn === true && { names }),
    ...(filter.builtIn === false && { notNames: names }),
    ...(filter.compatibleOnly && {
      refusedRanges: ranges.map(({ range }) => range).filter((range) => !isCompatible(range)),
    }),
  };
};

/** Taken down as a whole, a plugin shows to its owner alone. */
export const LISTED = `(p.is_listed or p.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`;

/** The same filter for a list that an index gives in its order. */
export const filterConditions = (filter: Readonly<Record<string, unknown>>, parameters: SqlParameters): string => {
  const conditions = [LISTED];
  const add = (key: string, type: string, condition: (place: string) => string): void => {
    if (filter[key] !== undefined) conditions.push(condition(parameters.add(filter[key], type)));
  };
  add('category', 'text', (value) => `p.category = ${value}`);
  add('kind', 'text', (value) => `${value} = any(p.contribution_kinds)`);
  add('scope', 'text', (value) => `split_part(p.name, '/', 1) = '@' || ${value}`);
  add('minRating', 'int', (value) => `p.rating_count > 0 and plugin_rating(p.rating_sum, p.rating_count) >= ${value}`);
  add('names', 'text[]', (value) => `p.name = any(${value})`);
  add('notNames', 'text[]', (value) => `p.name <> all(${value})`);
  add('refusedRanges', 'text[]', (value) => `(p.platform_range is null or p.platform_range <> all(${value}))`);
  if (filter['verifiedOnly'] === true) conditions.push('p.is_publisher_verified');
  return conditions.join(' and ');
};
