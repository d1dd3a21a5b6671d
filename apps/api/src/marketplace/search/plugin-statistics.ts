import { PlatformError } from '@ia-modules/plugin-sdk';
import DataLoader from 'dataloader';
import type { ApiContext } from '../../context.ts';
import { readCatalogue, type VisiblePlugin } from '../../plugins/catalogue.ts';
import type { CatalogueReader } from '../../plugins/plugin-rows.ts';

export const DEFAULT_DAYS = 30;
export const MAX_DAYS = 366;

export type PluginDay = {
  /** Its beginning, UTC. */
  readonly day: Date;
  readonly downloads: number;
  readonly installs: number;
  readonly uninstalls: number;
};

type DayRow = PluginDay & { readonly name: string };
type StatisticsKey = {
  readonly plugin: Pick<VisiblePlugin, 'name' | 'seenFromTenantId'>;
  readonly days: number;
  /** Null: all of them. */
  readonly version: string | null;
};
type StatisticsLoader = DataLoader<StatisticsKey, readonly PluginDay[], string>;

const READ_DAYS = `select wanted.name, d.day at time zone 'UTC' as day, coalesce(sum(x.downloads), 0)::float8 as downloads,
    coalesce(sum(x.installs), 0)::float8 as installs, coalesce(sum(x.uninstalls), 0)::float8 as uninstalls
  from unnest($1::text[]) as wanted (name)
  cross join generate_series(date_trunc('day', now() at time zone 'UTC') - ($2::int - 1) * interval '1 day',
    date_trunc('day', now() at time zone 'UTC'), interval '1 day') as d (day)
  left join plugin_days x on x.plugin_name = wanted.name and x.day = d.day::date and ($3::text is null or x.version = $3)
  group by 1, 2 order by 1, 2`;

const fetchDays = async (reader: CatalogueReader, keys: readonly StatisticsKey[]): Promise<readonly DayRow[]> => {
  const [first] = keys;
  const names = keys.map(({ plugin }) => plugin.name);
  return (await reader.query<DayRow>(READ_DAYS, [names, first?.days, first?.version])).rows;
};

const keyOf = ({ plugin, days, version }: StatisticsKey): string =>
  JSON.stringify([plugin.seenFromTenantId, plugin.name, days, version]);

const createLoader = (context: ApiContext): StatisticsLoader =>
  new DataLoader(
    async (keys) => {
      const found = new Map<string, PluginDay[]>();
      const groupOf = ({ plugin, days, version }: StatisticsKey) =>
        JSON.stringify([plugin.seenFromTenantId, days, version]);
      for (const group of Map.groupBy(keys, groupOf).values()) {
        const tenantId = group[0]?.plugin.seenFromTenantId ?? null;
        const rows = await readCatalogue(context, tenantId, (reader) => fetchDays(reader, group));
        const byName = Map.groupBy(rows, ({ name }) => name);
        for (const key of group) found.set(keyOf(key), byName.get(key.plugin.name) ?? []);
      }
      return keys.map((key) => found.get(keyOf(key)) ?? []);
    },
    { cacheKeyFn: keyOf },
  );

const loaders = new WeakMap<ApiContext, StatisticsLoader>();

/**
 * What was fetched and installed of a plugin on each of the last days, the earliest first, today last.
 * @throws PlatformError IA_API_INVALID for a number of days out of bounds
 */
export const loadStatistics = (context: ApiContext, key: StatisticsKey): Promise<readonly PluginDay[]> => {
  if (key.days < 1 || key.days > MAX_DAYS) {
    throw new PlatformError({ code: 'IA_API_INVALID', message: `\`days\` must be between 1 and ${MAX_DAYS}.` });
  }
  const loader = loaders.get(context) ?? createLoader(context);
  loaders.set(context, loader);
  return loader.load(key);
};
