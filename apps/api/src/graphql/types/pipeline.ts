import { tenantNodeId } from '../../global-id.ts';
import { type Page, parsePage, toConnection } from '../../page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { RunStatusEnum } from '../enums.ts';
import { PinnedPluginRef, PipelineRef, PipelineVersionRef, RunRef, TenantRef } from '../refs.ts';
import { latestVersion } from './pipeline-lookup.ts';
import { loadTenant } from './tenant-lookup.ts';

const versionPage = (args: Parameters<typeof parsePage>[1], tenantId: string): Page =>
  parsePage('versions', args, 1, tenantId);

PipelineRef.implement({
  description: 'A named graph of steps, defined as data and versioned.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ resolve: (pipeline) => tenantNodeId('Pipeline', pipeline) }),
    name: t.exposeString('name', { description: 'Unique within its tenant.' }),
    revision: t.exposeInt('revision', {
      description: "The platform's own counter, raised by each save; what `expectedVersion` means.",
    }),
    version: t.exposeString('version', {
      description:
        "The author's semantic version of the latest save; `0.<revision>.0` where the definition names none.",
    }),
    archivedAt: t.expose('archivedAt', {
      description: 'Since when it is in the archive; null when it is not.',
      type: 'DateTime',
      nullable: true,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    tenant: t.field({ type: TenantRef, resolve: (pipeline, _args, context) => loadTenant(pipeline.tenantId, context) }),
    latestVersion: t.field({
      description: 'The version that the next run takes.',
      type: PipelineVersionRef,
      resolve: (pipeline, _args, context) => latestVersion(pipeline, context),
    }),
    definition: t.field({
      type: 'JSON',
      description: 'The latest definition.',
      resolve: async (pipeline, _args, context) => (await latestVersion(pipeline, context)).definition,
    }),
    versions: t.connection({
      description: 'All that was saved, the latest first.',
      type: PipelineVersionRef,
      complexity: connectionCost,
      resolve: async ({ tenantId, id }, args, context) => {
        const page = versionPage(args, tenantId);
        const rows = await context.loaders.versionsOfPipelines.load({ tenantId, id, args: page });
        return toConnection(page, rows, (row) => [row.revision]);
      },
    }),
    runs: t.connection({
      description: 'Its runs, the youngest first.',
      type: RunRef,
      args: {
        status: t.arg({ description: 'Only runs with one of these statuses.', type: [RunStatusEnum], required: false }),
      },
      complexity: connectionCost,
      resolve: async ({ tenantId, id }, args, context) => {
        const page = parsePage('runs', args, 2, tenantId);
        const key = { tenantId, id, args: { below: 'pipeline' as const, status: args.status ?? null, page } };
        const rows = await context.loaders.runsBelow.load(key);
        return toConnection(page, rows, (row) => [row.createdAt.toISOString(), row.id]);
      },
    }),
  }),
});

PipelineVersionRef.implement({
  description: 'One saved definition; never changed afterwards.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ resolve: (version) => tenantNodeId('PipelineVersion', version) }),
    revision: t.exposeInt('revision', { description: "The platform's own counter: 1 is the first save." }),
    version: t.exposeString('version', {
      description: "The author's semantic version; `0.<revision>.0` where the definition names none.",
    }),
    definition: t.field({
      description: 'The definition, in the language of pipelines.',
      type: 'JSON',
      resolve: (version) => version.definition,
    }),
    plugins: t.field({
      type: [PinnedPluginRef],
      description: 'The packages that the aliases resolved to when this version was saved.',
      resolve: ({ resolvedPlugins }) => Object.entries(resolvedPlugins).map(([alias, plugin]) => ({ alias, plugin })),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.exposeString('createdBy', { description: 'The id of the user or token that saved it.' }),
  }),
});

PinnedPluginRef.implement({
  description: 'A package that a version of a pipeline uses, pinned to what was installed when it was saved.',
  fields: (t) => ({
    alias: t.exposeString('alias', {
      description: 'How the definition calls it; its own name where the definition has no alias.',
    }),
    name: t.string({ description: 'Name of the package: `@scope/name`.', resolve: ({ plugin }) => plugin.name }),
    version: t.string({ description: 'The exact version.', resolve: ({ plugin }) => plugin.version }),
    integrity: t.string({ description: 'SRI sha512 of the tarball.', resolve: ({ plugin }) => plugin.integrity }),
  }),
});
