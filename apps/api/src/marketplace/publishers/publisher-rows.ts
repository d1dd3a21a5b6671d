import DataLoader from 'dataloader';
import type { ApiContext } from '../../context.ts';
import { keysetSql, type Page, SqlParameters } from '../../page.ts';
import { readCatalogue } from '../../plugins/catalogue.ts';
import type { CatalogueReader } from '../../plugins/plugin-rows.ts';

export type PublisherRow = {
  /** The tenant's slug. */
  readonly scope: string;
  readonly displayName: string;
  readonly description: string;
  readonly website: string | null;
  readonly verifiedAt: Date | null;
};

export const PUBLISHER_COLUMNS = `b.scope, b.display_name as "displayName", b.description, b.website, b.verified_at as "verifiedAt"`;

/** A publisher by the tenant's slug, when it shows itself to the reader. */
export const fetchPublisher = async (reader: CatalogueReader, scope: string): Promise<PublisherRow | null> => {
  const sql = `select ${PUBLISHER_COLUMNS} from publishers b where b.scope = $1`;
  return (await reader.query<PublisherRow>(sql, [scope])).rows[0] ?? null;
};

/** The names of the public plugins of a publisher, by name. */
export const listPublishedNames = async (
  reader: CatalogueReader,
  { scope, page }: Readonly<{ scope: string; page: Page }>,
): Promise<readonly string[]> => {
  const parameters = new SqlParameters();
  const publisher = parameters.add(scope, 'text');
  const keyset = keysetSql({ columns: [{ column: 'p.name', type: 'text' }], order: 'asc' }, page, parameters);
  const sql = `select p.name from plugins p join publishers b on b.tenant_id = p.tenant_id
    where b.scope = ${publisher} and p.visibility = 'public' and p.is_listed and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await reader.query<{ name: string }>(sql, parameters.values)).rows.map(({ name }) => name);
};

type PublisherOfPlugin = PublisherRow & { readonly pluginName: string };

const fetchPublishersOf = async (
  reader: CatalogueReader,
  names: readonly string[],
): Promise<readonly PublisherOfPlugin[]> => {
  const sql = `select p.name as "pluginName", ${PUBLISHER_COLUMNS} from plugins p join publishers b on b.tenant_id = p.tenant_id
    where p.name = any($1::text[])`;
  return (await reader.query<PublisherOfPlugin>(sql, [names])).rows;
};

/** A plugin as one tenant sees it, or everybody. */
type SeenPlugin = { readonly name: string; readonly seenFromTenantId: string | null };

type PublisherLoader = DataLoader<SeenPlugin, PublisherRow | null, string>;

const loaders = new WeakMap<ApiContext, PublisherLoader>();

const createLoader = (context: ApiContext): PublisherLoader =>
  new DataLoader(
    async (plugins) => {
      const found = new Map<string, PublisherRow>();
      for (const [tenantId, group] of Map.groupBy(plugins, ({ seenFromTenantId }) => seenFromTenantId)) {
        const names = group.map(({ name }) => name);
        const rows = await readCatalogue(context, tenantId, (reader) => fetchPublishersOf(reader, names));
        for (const { pluginName, ...publisher } of rows) found.set(`${tenantId}:${pluginName}`, publisher);
      }
      return plugins.map(({ name, seenFromTenantId }) => found.get(`${seenFromTenantId}:${name}`) ?? null);
    },
    { cacheKeyFn: ({ name, seenFromTenantId }) => `${seenFromTenantId}:${name}` },
  );

/** Who publishes a plugin; one statement for all plugins that one tick of execution asks for. */
export const loadPublisherOf = (
  context: ApiContext,
  { name, seenFromTenantId }: SeenPlugin,
): Promise<PublisherRow | null> => {
  const loader = loaders.get(context) ?? createLoader(context);
  loaders.set(context, loader);
  return loader.load({ name, seenFromTenantId });
};

type ScopeLoader = DataLoader<string, PublisherRow | null>;

const scopeLoaders = new WeakMap<ApiContext, ScopeLoader>();

const fetchByScope = async (reader: CatalogueReader, scopes: readonly string[]): Promise<readonly PublisherRow[]> => {
  const sql = `select ${PUBLISHER_COLUMNS} from publishers b where b.scope = any($1::text[])`;
  return (await reader.query<PublisherRow>(sql, [scopes])).rows;
};

const createScopeLoader = (context: ApiContext): ScopeLoader =>
  new DataLoader(async (scopes) => {
    const rows = await readCatalogue(context, null, (reader) => fetchByScope(reader, scopes));
    return scopes.map((scope) => rows.find((row) => row.scope === scope) ?? null);
  });

/** A publisher that everybody sees, by the tenant's slug. */
export const loadPublisherByScope = (context: ApiContext, scope: string): Promise<PublisherRow | null> => {
  const loader = scopeLoaders.get(context) ?? createScopeLoader(context);
  scopeLoaders.set(context, loader);
  return loader.load(scope);
};
