import { PLUGIN_CATEGORIES, type PluginCategory } from '@ia-modules/plugin-sdk';
import type { CatalogueReader } from '../../plugins/plugin-rows.ts';
import { LISTED } from './plugin-filter.ts';

/** What people call each category. */
export const CATEGORY_TITLES: Readonly<Record<PluginCategory, string>> = {
  ai: 'AI',
  communication: 'Communication',
  data: 'Data',
  databases: 'Databases',
  documents: 'Documents',
  flow: 'Flow control',
  monitoring: 'Monitoring',
  security: 'Security',
  storage: 'Storage',
  text: 'Text',
  web: 'Web',
  other: 'Other',
};

export type CategoryCount = { readonly category: PluginCategory; readonly count: number };

const isCategory = (value: string): value is PluginCategory => Object.hasOwn(CATEGORY_TITLES, value);

/** What a later version of the platform knows is something else to this one. */
export const knownCategory = (value: string): PluginCategory => (isCategory(value) ? value : 'other');

const READ_COUNTS = `select p.category, count(*)::int as count from plugins p where ${LISTED} group by 1`;

/** All categories, with how many plugins each has. */
export const countCategories = async (reader: CatalogueReader): Promise<readonly CategoryCount[]> => {
  const { rows } = await reader.query<{ readonly category: string; readonly count: number }>(READ_COUNTS);
  return PLUGIN_CATEGORIES.map((category) => ({
    category,
    count: rows.filter((row) => knownCategory(row.category) === category).reduce((sum, { count }) => sum + count, 0),
  }));
};
