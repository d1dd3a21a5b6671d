import type { PluginManifest } from '@ia-modules/plugin-sdk';
import DataLoader from 'dataloader';
import { notFound } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { readCatalogue } from './catalogue.ts';
import type { CatalogueReader, PluginVersionRow } from './plugin-rows.ts';
import { storedManifest } from './stored-manifest.ts';

/** What people read of a version. */
type VersionTexts = { readonly readme: string; readonly icon: string | null };

type VersionKey = Pick<PluginVersionRow, 'pluginName' | 'version' | 'tenantId' | 'visibility'>;
type VersionLoader<Details> = DataLoader<VersionKey, Details | null, string>;
type VersionLoaders = {
  readonly manifests: VersionLoader<PluginManifest>;
  readonly texts: VersionLoader<VersionTexts>;
};

type DetailsRow = { readonly name: string; readonly version: string; readonly details: unknown };

const keyOf = (name: string, version: string): string => `${name}@${version}`;

const fetchDetails = async (reader: CatalogueReader, details: string, keys: readonly VersionKey[]) => {
  const sql = `select v.plugin_name as name, v.version, ${details} as details
    from unnest($1::text[], $2::text[]) as wanted (name, version)
    join plugin_versions v on v.plugin_name = wanted.name and v.version = wanted.version`;
  const values = [keys.map(({ pluginName }) => pluginName), keys.map(({ version }) => version)];
  return (await reader.query<DetailsRow>(sql, values)).rows;
};

/** One statement for all versions that one tick of execution asks for; what is private, only its owner gets to see. */
const createLoader = <Details>(
  context: ApiContext,
  details: string,
  read: (stored: unknown) => Details,
): VersionLoader<Details> =>
  new DataLoader(
    async (keys) => {
      const found = new Map<string, Details>();
      const groups = Map.groupBy(keys, ({ visibility, tenantId }) => (visibility === 'public' ? null : tenantId));
      for (const [tenantId, group] of groups) {
        const rows = await readCatalogue(context, tenantId, (reader) => fetchDetails(reader, details, group));
        for (const row of rows) found.set(keyOf(row.name, row.version), read(row.details));
      }
      return keys.map(({ pluginName, version }) => found.get(keyOf(pluginName, version)) ?? null);
    },
    { cacheKeyFn: ({ pluginName, version }) => keyOf(pluginName, version) },
  );

const loadersOf = new WeakMap<ApiContext, VersionLoaders>();

const getLoaders = (context: ApiContext): VersionLoaders => {
  const known = loadersOf.get(context) ?? {
    manifests: createLoader(context, 'v.manifest', (stored) => storedManifest(stored as Partial<PluginManifest>)),
    texts: createLoader(
      context,
      `json_build_object('readme', v.readme, 'icon', v.icon)`,
      (stored) => stored as VersionTexts,
    ),
  };
  loadersOf.set(context, known);
  return known;
};

/** The manifest of a version, complete; null for one that there is not. */
export const findManifest = (context: ApiContext, version: VersionKey): Promise<PluginManifest | null> =>
  getLoaders(context).manifests.load(version);

/** As {@link findManifest}. @throws PlatformError IA_API_NOT_FOUND for a version that is gone meanwhile */
export const loadManifest = async (context: ApiContext, version: VersionKey): Promise<PluginManifest> => {
  const manifest = await findManifest(context, version);
  if (manifest === null) throw notFound();
  return manifest;
};

export const loadTexts = async (context: ApiContext, version: VersionKey): Promise<VersionTexts> =>
  (await getLoaders(context).texts.load(version)) ?? { readme: '', icon: null };
