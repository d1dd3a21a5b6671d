import { can } from '@ia-modules/database';
import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { parseTenantId, tenantGlobalId, tenantNodeId } from '../../global-id.ts';
import {
  listUsingPipelines,
  listUsingRuns,
  listUsingTenants,
  type PluginUsage,
  readNames,
  type UsingPipeline,
  type UsingRun,
} from '../../marketplace/usage/plugin-usage.ts';
import { type Connection, listConnection } from '../../page.ts';
import { findPluginVersion } from '../../plugins/catalogue.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { PinnedPluginRef, PipelineRef, PluginReferenceRef, PluginVersionRef, RunRef } from '../refs.ts';

const UsingRunRef = builder.objectRef<UsingRun>('PluginUsingRun').implement({
  description: 'A run that has used a version of a plugin.',
  fields: (t) => ({
    runId: t.id({
      description: 'Id of the run.',
      resolve: ({ tenantId, runId: id }) => tenantNodeId('Run', { tenantId, id }),
    }),
    pipelineId: t.id({
      description: 'Id of its pipeline.',
      resolve: ({ tenantId, pipelineId: id }) => tenantNodeId('Pipeline', { tenantId, id }),
    }),
    tenantId: t.id({ description: 'Id of its tenant.', resolve: ({ tenantId }) => tenantGlobalId(tenantId) }),
    plugin: t.expose('plugin', {
      type: PluginReferenceRef,
      description: 'What it used; of several versions, the last one.',
    }),
    usedAt: t.expose('usedAt', { type: 'DateTime', description: 'When it began to use it.' }),
    run: t.field({
      type: RunRef,
      nullable: true,
      description: 'The run, where the viewer may see it.',
      resolve: ({ tenantId, runId: id }, _args, { viewer, loaders }) =>
        viewer.principal !== null && can(viewer.principal, tenantId, 'run.read')
          ? loaders.runs.load({ tenantId, id })
          : null,
    }),
  }),
});

type Named = UsingPipeline & { readonly name: string };

const UsingPipelineRef = builder.objectRef<Named>('PluginUsingPipeline').implement({
  description: 'A pipeline of which a run has used a version of a plugin.',
  fields: (t) => ({
    pipelineId: t.id({
      description: 'Id of the pipeline.',
      resolve: ({ tenantId, pipelineId: id }) => tenantNodeId('Pipeline', { tenantId, id }),
    }),
    tenantId: t.id({ description: 'Id of its tenant.', resolve: ({ tenantId }) => tenantGlobalId(tenantId) }),
    name: t.exposeString('name', { description: 'What it is called.' }),
  }),
});

type UsingTenant = Named & { readonly slug: string };

const UsingTenantRef = builder.objectRef<UsingTenant>('PluginUsingTenant').implement({
  description: 'A tenant of which a run has used a version of a plugin.',
  fields: (t) => ({
    tenantId: t.id({ description: 'Id of the tenant.', resolve: ({ tenantId }) => tenantGlobalId(tenantId) }),
    slug: t.exposeString('slug', { description: 'Its short name.' }),
    name: t.exposeString('name', { description: 'What people call it.' }),
  }),
});

const withNodes = <A, B>({ edges, pageInfo }: Connection<A>, change: (node: A) => B): Connection<B> => ({
  edges: edges.map((edge) => ({
    node: change(edge.node),
    get cursor() {
      return edge.cursor;
    },
  })),
  pageInfo,
});

const nameTenants = async (context: ApiContext, usage: PluginUsage, page: Connection<UsingPipeline>) => {
  const ids = page.edges.map(({ node }) => node.tenantId);
  if (usage.tenantId === null) {
    const names = await readNames(context, 'tenants', ids);
    return withNodes(page, (node) => ({ ...node, name: '', slug: '', ...names.get(node.tenantId) }));
  }
  const rows = await Promise.all(ids.map((id) => context.loaders.tenants.load({ tenantId: id, id })));
  const byId = new Map(rows.flatMap((row) => (row === null ? [] : [[row.id, row]])));
  return withNodes(page, (node) => {
    const { name = '', slug = '' } = byId.get(node.tenantId) ?? {};
    return { ...node, name, slug };
  });
};

const namePipelines = async (context: ApiContext, usage: PluginUsage, page: Connection<UsingPipeline>) => {
  const nodes = page.edges.map(({ node }) => node);
  const names =
    usage.tenantId === null
      ? await readNames(
          context,
          'pipelines',
          nodes.map(({ pipelineId }) => pipelineId),
        )
      : new Map(
          (
            await Promise.all(
              nodes.map(({ tenantId, pipelineId: id }) => context.loaders.pipelines.load({ tenantId, id })),
            )
          ).flatMap((row) => (row === null ? [] : [[row.id, row] as const])),
        );
  return withNodes(page, (node) => ({ ...node, name: names.get(node.pipelineId)?.name ?? '' }));
};

export const PluginUsageRef = builder.objectRef<PluginUsage>('PluginUsage').implement({
  description: 'Everything that has used versions of a plugin. It is on record before any of their code runs.',
  fields: (t) => ({
    runs: t.connection({
      type: UsingRunRef,
      description: 'Runs, the latest use first.',
      complexity: connectionCost,
      resolve: (usage, args, context) => listUsingRuns(context, usage, args),
    }),
    pipelines: t.connection({
      type: UsingPipelineRef,
      description: 'Pipelines, in the order of their tenants.',
      complexity: connectionCost,
      resolve: async (usage, args, context) =>
        namePipelines(context, usage, await listUsingPipelines(context, usage, args)),
    }),
    tenants: t.connection({
      type: UsingTenantRef,
      description: 'Tenants; within one tenant, that one or none.',
      complexity: connectionCost,
      resolve: async (usage, args, context) =>
        nameTenants(context, usage, await listUsingTenants(context, usage, args)),
    }),
  }),
});

/** @throws PlatformError IA_API_NOT_FOUND for what is no id of a tenant */
export const usageTenant = (tenantId: string | null | undefined): string | null => {
  if (tenantId === null || tenantId === undefined) return null;
  const id = parseTenantId(tenantId);
  if (id === null) throw notFound();
  return id;
};

export const USAGE_TENANT_DESCRIPTION =
  'Within this tenant. Left out: everywhere, which the operator of the platform alone may ask.';

builder.objectField(PluginVersionRef, 'usage', (t) =>
  t.field({
    type: PluginUsageRef,
    description: 'Runs, pipelines and tenants that have used it.',
    args: { tenantId: t.arg.id({ description: USAGE_TENANT_DESCRIPTION }) },
    resolve: ({ pluginName: name, version }, { tenantId }) => ({
      name,
      versions: [version],
      tenantId: usageTenant(tenantId),
    }),
  }),
);

builder.queryField('pluginVersion', (t) =>
  t.field({
    type: PluginVersionRef,
    nullable: true,
    description: example(
      "A version of a plugin: public, or private to one of the viewer's tenants. `usage` says who has run it.",
      `
{
  pluginVersion(name: "<plugin>", version: "1.0.0") {
    integrity
    usage(tenantId: "<tenant>") {
      runs(first: 10) { nodes { runId usedAt } }
      pipelines(first: 10) { nodes { pipelineId name } }
      tenants(first: 10) { nodes { tenantId slug } }
    }
  }
}`,
    ),
    args: {
      name: t.arg.string({ required: true, description: 'Name of the package: `@scope/name`.' }),
      version: t.arg.string({ required: true, description: 'The exact version.' }),
    },
    resolve: (_root, { name, version }, context) => findPluginVersion(name, version, context),
  }),
);

builder.queryField('pluginUsage', (t) =>
  t.field({
    type: PluginUsageRef,
    description: example(
      'Who has used a version of a plugin, also of one that comes with the platform or that the viewer does not see.',
      '{ pluginUsage(name: "@ia-modules/plugin-http", version: "0.1.0", tenantId: "<tenant>") { runs(first: 5) { nodes { runId } } } }',
    ),
    args: {
      name: t.arg.string({ required: true, description: 'Name of the package: `@scope/name`.' }),
      version: t.arg.string({ required: true, description: 'The exact version.' }),
      tenantId: t.arg.id({ description: USAGE_TENANT_DESCRIPTION }),
    },
    resolve: (_root, { name, version, tenantId }) => ({ name, versions: [version], tenantId: usageTenant(tenantId) }),
  }),
);

builder.objectField(RunRef, 'plugins', (t) =>
  t.connection({
    type: PluginReferenceRef,
    description: 'The exact packages that it has used, those that come with the platform too.',
    complexity: connectionCost,
    resolve: async ({ tenantId, id }, args, { loaders }) =>
      listConnection(
        { list: 'plugins of a run', scope: id, items: await loaders.pluginsOfRuns.load({ tenantId, id, args: null }) },
        args,
      ),
  }),
);

const PipelinePluginsRef = builder
  .objectRef<{ readonly tenantId: string; readonly id: string; readonly versionId: string }>('PipelinePlugins')
  .implement({
    description: 'The plugins of a pipeline.',
    fields: (t) => ({
      pinned: t.field({
        type: [PinnedPluginRef],
        description: 'What its newest revision is pinned to: the next run takes these.',
        resolve: async ({ tenantId, versionId }, _args, { loaders }) => {
          const version = await loaders.pipelineVersions.load({ tenantId, id: versionId });
          return Object.entries(version?.resolvedPlugins ?? {}).map(([alias, plugin]) => ({ alias, plugin }));
        },
      }),
      used: t.connection({
        type: PluginReferenceRef,
        description: 'What its runs have really used, of all revisions.',
        complexity: connectionCost,
        resolve: async ({ tenantId, id }, args, { loaders }) => {
          const items = await loaders.pluginsOfPipelines.load({ tenantId, id, args: null });
          return listConnection({ list: 'plugins of a pipeline', scope: id, items }, args);
        },
      }),
    }),
  });

builder.objectField(PipelineRef, 'plugins', (t) =>
  t.field({
    type: PipelinePluginsRef,
    description: 'What it is pinned to, and what its runs have used.',
    resolve: ({ tenantId, id, latestVersionId: versionId }) => ({ tenantId, id, versionId }),
  }),
);
