import { can } from '@ia-modules/database';
import type { ApiContext } from '../context.ts';
import { refusingValues } from '../refused-value.ts';
import {
  type CatalogueReader,
  fetchPlugins,
  fetchPluginVersions,
  type PluginRow,
  type PluginVersionRow,
} from './plugin-rows.ts';

/** A plugin as it is seen from a tenant, or, without one, by everybody. */
export type VisiblePlugin = PluginRow & { readonly seenFromTenantId: string | null };

export const seenFrom = (seenFromTenantId: string | null, plugin: PluginRow): VisiblePlugin => ({
  ...plugin,
  seenFromTenantId,
});

const scopeOf = (name: string): string => /^@([^/]+)\//.exec(name)?.[1] ?? '';

/** The tenant of the viewer whose private packages a name may belong to. */
const tenantOfScope = (name: string, { viewer: { principal } }: ApiContext): string | null => {
  if (principal === null) return null;
  const scope = scopeOf(name);
  const tenantId =
    principal.kind === 'token'
      ? principal.tenantSlug === scope && principal.tenantId
      : principal.memberships.find((membership) => membership.slug === scope)?.tenantId;
  return tenantId && can(principal, tenantId, 'plugin.read') ? tenantId : null;
};

/** Reads the catalogue as one tenant sees it, or, without one, as everybody does. */
export const readCatalogue = <T>(
  context: ApiContext,
  tenantId: string | null,
  read: (reader: CatalogueReader) => Promise<T>,
): Promise<T> =>
  tenantId === null
    ? refusingValues(() => read(context.services.lookups))
    : context.session.read(tenantId, 'plugin.read', read);

/** A plugin by its name; null when there is none that the viewer may see. */
export const findPlugin = async (name: string, context: ApiContext): Promise<VisiblePlugin | null> => {
  const tenantId = tenantOfScope(name, context);
  const [plugin] = await readCatalogue(context, tenantId, (reader) => fetchPlugins(reader, [name]));
  return plugin === undefined ? null : seenFrom(tenantId, plugin);
};

/** A version of a plugin; null when there is none that the viewer may see. */
export const findPluginVersion = async (
  name: string,
  version: string,
  context: ApiContext,
): Promise<PluginVersionRow | null> => {
  const tenantId = tenantOfScope(name, context);
  const [found] = await readCatalogue(context, tenantId, (reader) => fetchPluginVersions(reader, name, [version]));
  return found ?? null;
};
