import { opaqueId } from '../../global-id.ts';
import { listConnection } from '../../page.ts';
import type { InstalledVersionRow } from '../../plugins/installed-version-rows.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { InstallationRef, PluginPermissionsRef } from '../refs.ts';

const InstalledVersionRef = builder.objectRef<InstalledVersionRow>('InstalledVersion').implement({
  description:
    'A version of a plugin that a tenant has agreed to. Pipelines pin one of them, and run on with it and its grant.',
  fields: (t) => ({
    id: t.id({
      resolve: ({ tenantId, pluginName, version }) => opaqueId('InstalledVersion', tenantId, pluginName, version),
    }),
    version: t.exposeString('version', { description: 'Its semantic version.' }),
    integrity: t.exposeString('integrity', { description: 'SRI sha512 of the tarball.' }),
    grant: t.field({
      description: 'What the tenant allows this version.',
      type: PluginPermissionsRef,
      resolve: ({ grant }) => grant,
    }),
    isDefault: t.exposeBoolean('isDefault', { description: 'Whether pipelines that name no range get it.' }),
    installedAt: t.expose('installedAt', { type: 'DateTime', description: 'When it was installed first.' }),
    pipelineCount: t.exposeInt('pipelineCount', {
      description: 'Pipelines whose newest revision pins it; with none, it can be removed.',
    }),
  }),
});

builder.objectField(InstallationRef, 'versions', (t) =>
  t.connection(
    {
      type: InstalledVersionRef,
      description: 'All versions that are installed beside each other, the highest first.',
      complexity: connectionCost,
      resolve: async ({ tenantId, pluginName }, args, { loaders }) => {
        const found = await loaders.installedVersions.load({ tenantId, id: pluginName });
        const scope = `${tenantId} ${pluginName}`;
        return listConnection({ list: 'installed versions', scope, items: found?.versions ?? [] }, args);
      },
    },
    { name: 'InstalledVersionConnection' },
    { name: 'InstalledVersionConnectionEdge' },
  ),
);
