import DataLoader from 'dataloader';
import type { ApiContext } from '../context.ts';
import { readCatalogue, seenFrom, type VisiblePlugin } from './catalogue.ts';
import { fetchPlugins } from './plugin-rows.ts';

type PluginKey = Pick<VisiblePlugin, 'name' | 'seenFromTenantId'>;
type PluginLoader = DataLoader<PluginKey, VisiblePlugin | null, string>;

const keyOf = ({ name, seenFromTenantId }: PluginKey): string => `${seenFromTenantId}:${name}`;

const createLoader = (context: ApiContext): PluginLoader =>
  new DataLoader(
    async (keys) => {
      const found = new Map<string, VisiblePlugin>();
      for (const [tenantId, group] of Map.groupBy(keys, ({ seenFromTenantId }) => seenFromTenantId)) {
        const names = group.map(({ name }) => name);
        const rows = await readCatalogue(context, tenantId, (reader) => fetchPlugins(reader, names));
        for (const row of rows) {
          const plugin = seenFrom(tenantId, row);
          found.set(keyOf(plugin), plugin);
        }
      }
      return keys.map((key) => found.get(keyOf(key)) ?? null);
    },
    { cacheKeyFn: keyOf },
  );

const loaders = new WeakMap<ApiContext, PluginLoader>();

/** A plugin as it is seen from where another one is; one statement for all that one tick of execution asks for. */
export const loadPlugin = (context: ApiContext, key: PluginKey): Promise<VisiblePlugin | null> => {
  const loader = loaders.get(context) ?? createLoader(context);
  loaders.set(context, loader);
  return loader.load(key);
};
