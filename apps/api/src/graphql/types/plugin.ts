import { notFound } from '../../access.ts';
import { opaqueId, parseTenantId, pluginGlobalId, tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { findPlugin, readCatalogue, seenFrom } from '../../plugins/catalogue.ts';
import { listPluginVersions } from '../../plugins/plugin-rows.ts';
import { loadManifest, loadTexts } from '../../plugins/version-details.ts';
import { builder } from '../builder.ts';
import { statementConnectionCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { PluginVisibilityEnum } from '../enums.ts';
import { InstallationRef, PluginPermissionsRef, PluginRef, PluginStepRef, PluginVersionRef } from '../refs.ts';

PluginRef.implement({
  description: 'A package of the marketplace.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ resolve: (plugin) => pluginGlobalId(plugin.name) }),
    name: t.exposeString('name', {
      description: 'Name of the package: `@scope/name`, where the scope is the slug of the tenant that publishes it.',
    }),
    title: t.exposeString('title', { description: 'What people call it.' }),
    description: t.exposeString('description', { description: 'What it does, in a sentence or two.' }),
    keywords: t.stringList({ description: 'What it can be found by.', resolve: (plugin) => [...plugin.keywords] }),
    visibility: t.expose('visibility', { description: 'Who can see it.', type: PluginVisibilityEnum }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    latestVersion: t.field({
      description: 'The version that was published last.',
      type: PluginVersionRef,
      resolve: (plugin) => plugin.latest,
    }),
    readme: t.string({
      description: "The latest version's readme, Markdown.",
      resolve: async ({ latest }, _args, context) => (await loadTexts(context, latest)).readme,
    }),
    permissions: t.field({
      type: PluginPermissionsRef,
      description: 'What the latest version asks for.',
      resolve: async ({ latest }, _args, context) => (await loadManifest(context, latest)).permissions,
    }),
    steps: t.field({
      type: [PluginStepRef],
      description: 'The steps that the latest version contributes.',
      deprecationReason: '`contributions` has those of every kind.',
      resolve: async ({ latest }, _args, context) => [...(await loadManifest(context, latest)).contributions.steps],
    }),
    versions: t.connection({
      description: 'All that was published, the latest first.',
      type: PluginVersionRef,
      complexity: statementConnectionCost,
      resolve: async ({ name, seenFromTenantId }, args, context) => {
        const page = parsePage('pluginVersions', args, 2);
        const rows = await readCatalogue(context, seenFromTenantId, (reader) =>
          listPluginVersions(reader, { names: [name], page }),
        );
        return toConnection(page, rows, (row) => [row.publishedAt.toISOString(), row.version]);
      },
    }),
    installation: t.field({
      type: InstallationRef,
      nullable: true,
      description: 'The installation in a tenant of the viewer.',
      args: { tenantId: t.arg.id({ required: true }) },
      resolve: async ({ name }, args, { loaders }) => {
        const tenantId = parseTenantId(args.tenantId);
        if (tenantId === null) throw notFound();
        return loaders.installationsByPlugin.load({ tenantId, id: name });
      },
    }),
  }),
});

PluginVersionRef.implement({
  description: 'One published version of a plugin; never changed afterwards.',
  fields: (t) => ({
    id: t.id({ resolve: (version) => opaqueId('PluginVersion', version.pluginName, version.version) }),
    version: t.exposeString('version', { description: 'Its semantic version.' }),
    integrity: t.exposeString('integrity', { description: 'SRI sha512 of the tarball.' }),
    manifest: t.field({
      description: 'All that it declares: see docs/plugins.md.',
      type: 'JSON',
      resolve: (version, _args, context) => loadManifest(context, version),
    }),
    permissions: t.field({
      description: 'What it asks for.',
      type: PluginPermissionsRef,
      resolve: async (version, _args, context) => (await loadManifest(context, version)).permissions,
    }),
    steps: t.field({
      description: 'The steps that it contributes.',
      deprecationReason: '`contributions` has those of every kind.',
      type: [PluginStepRef],
      resolve: async (version, _args, context) => [...(await loadManifest(context, version)).contributions.steps],
    }),
    readme: t.string({
      description: 'Its readme, Markdown.',
      resolve: async (version, _args, context) => (await loadTexts(context, version)).readme,
    }),
    sizeBytes: t.exposeInt('sizeBytes', { description: 'Size of the tarball, in bytes.' }),
    deprecated: t.exposeString('deprecated', { nullable: true, description: 'Why not to use it any more.' }),
    publishedAt: t.expose('publishedAt', { description: 'When it was published.', type: 'DateTime' }),
  }),
});

PluginStepRef.implement({
  description: 'A step that a plugin adds to the language.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'How definitions name it, behind the alias of the plugin: `mail.send`.',
    }),
    title: t.exposeString('title', { description: 'What people call it.' }),
    description: t.exposeString('description', { description: 'What it does.' }),
    inputSchema: t.field({
      type: 'JSON',
      description: "JSON Schema of the step's `with`.",
      resolve: (step) => step.input,
    }),
    outputSchema: t.field({
      type: 'JSON',
      description: "JSON Schema of the step's output.",
      resolve: (step) => step.output,
    }),
  }),
});

PluginPermissionsRef.implement({
  description: 'Hosts and secrets that a plugin asks for, with its limits, or that it is granted.',
  fields: (t) => ({
    net: t.stringList({
      description: 'Hosts that it may call: `api.example.com`, `*.example.com`.',
      resolve: (permissions) => [...permissions.net],
    }),
    secrets: t.stringList({
      description: 'Names of secrets that it may read.',
      resolve: (permissions) => [...permissions.secrets],
    }),
    blobs: t.boolean({
      description: 'Whether it may keep bytes beside a run, and read those that steps hand on.',
      resolve: ({ blobs }) => blobs === true,
    }),
    memoryMb: t.exposeInt('memoryMb', {
      description: 'Memory of one task, in MiB. Null where it is not limited here.',
      nullable: true,
    }),
    cpuMs: t.exposeInt('cpuMs', {
      description: 'Processor time of one task, in milliseconds. Null where it is not limited here.',
      nullable: true,
    }),
    timeoutMs: t.exposeInt('timeoutMs', {
      description: 'How long one task may take, in milliseconds. Null where it is not limited here.',
      nullable: true,
    }),
  }),
});

InstallationRef.implement({
  description: 'A plugin version in a tenant, with what the tenant allows it.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ resolve: (installation) => tenantNodeId('Installation', installation) }),
    pluginName: t.exposeString('pluginName', { description: 'Name of the package: `@scope/name`.' }),
    plugin: t.field({
      description: 'The plugin; null when it was taken out of the catalogue.',
      type: PluginRef,
      nullable: true,
      resolve: async ({ tenantId, pluginName }, _args, { loaders }) => {
        const plugin = await loaders.tenantPlugins.load({ tenantId, id: pluginName });
        return plugin === null ? null : seenFrom(tenantId, plugin);
      },
    }),
    version: t.exposeString('version', { description: 'The installed version.' }),
    integrity: t.exposeString('integrity', { description: 'SRI sha512 of the tarball.' }),
    grant: t.field({
      description: 'What the tenant allows it.',
      type: PluginPermissionsRef,
      resolve: (installation) => installation.grant,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
});

builder.queryField('plugin', (t) =>
  t.field({
    type: PluginRef,
    nullable: true,
    description: example(
      "A plugin of the catalogue: public, or private to one of the viewer's tenants.",
      '{ plugin(name: "<plugin>") { title latestVersion { version } permissions { net secrets } } }',
    ),
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, context) => findPlugin(name, context),
  }),
);
