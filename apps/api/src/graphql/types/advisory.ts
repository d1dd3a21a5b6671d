import { opaqueId } from '../../global-id.ts';
import {
  ADVISORY_SEVERITIES,
  advisoryKey,
  type AdvisoryRow,
  type AdvisorySeverity,
  listAdvisories,
  listTenantAdvisories,
} from '../../marketplace/advisories/advisory-rows.ts';
import { type PageArguments, parsePage, toConnection } from '../../page.ts';
import { readCatalogue } from '../../plugins/catalogue.ts';
import type { ApiContext } from '../../context.ts';
import { builder } from '../builder.ts';
import { statementConnectionCost } from '../connection-cost.ts';
import { PluginRef, PluginVersionRef, TenantRef } from '../refs.ts';
import { describedEnum } from './described-enum.ts';
import { PluginUsageRef, USAGE_TENANT_DESCRIPTION, usageTenant } from './plugin-usage.ts';

export const AdvisorySeverityEnum = describedEnum<AdvisorySeverity>('AdvisorySeverity', {
  description: 'How much an advisory is about.',
  values: ADVISORY_SEVERITIES,
});

export const AdvisoryRef = builder.objectRef<AdvisoryRow>('Advisory').implement({
  description: 'A warning about versions of a plugin. While it stands, nothing new starts with them.',
  fields: (t) => ({
    id: t.id({ resolve: ({ id }) => opaqueId('Advisory', id) }),
    pluginName: t.exposeString('pluginName', { description: 'Name of the package: `@scope/name`.' }),
    severity: t.expose('severity', { type: AdvisorySeverityEnum, description: 'How much it is about.' }),
    title: t.exposeString('title', { description: 'What it is, in a line. Plain text.' }),
    description: t.exposeString('description', { description: 'All about it. Plain text.' }),
    affectedRange: t.exposeString('affectedRange', {
      description:
        'Which versions, as npm writes ranges; prereleases of them count, and versions that are yet to come.',
    }),
    patchedRange: t.exposeString('patchedRange', {
      nullable: true,
      description: 'Versions without it; null while there are none.',
    }),
    versions: t.stringList({
      description: 'The published versions that it is about.',
      resolve: ({ versions }) => [...versions],
    }),
    publishedAt: t.expose('publishedAt', { type: 'DateTime', description: 'Since when it stands.' }),
    withdrawnAt: t.expose('withdrawnAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when it does not count any more; null while it stands.',
    }),
    affected: t.field({
      type: PluginUsageRef,
      description: 'Runs, pipelines and tenants that have used one of its versions.',
      args: { tenantId: t.arg.id({ description: USAGE_TENANT_DESCRIPTION }) },
      resolve: ({ pluginName: name, versions }, { tenantId }) => ({ name, versions, tenantId: usageTenant(tenantId) }),
    }),
  }),
});

type Wanted = { readonly pluginName: string; readonly version: string | null; readonly seenFrom: string | null };

const advisoriesOf = async (context: ApiContext, { pluginName, version, seenFrom }: Wanted, args: PageArguments) => {
  const page = parsePage('advisories', args, 2, JSON.stringify([pluginName, version]));
  const filter = { pluginName, version };
  const rows = await readCatalogue(context, seenFrom, (reader) => listAdvisories(reader, { filter, page }));
  return toConnection(page, rows, advisoryKey);
};

builder.objectField(PluginRef, 'advisories', (t) =>
  t.connection({
    type: AdvisoryRef,
    description: 'Warnings about its versions, withdrawn ones too, the latest first.',
    complexity: statementConnectionCost,
    resolve: ({ name: pluginName, seenFromTenantId: seenFrom }, args, context) =>
      advisoriesOf(context, { pluginName, version: null, seenFrom }, args),
  }),
);

builder.objectField(PluginVersionRef, 'advisories', (t) =>
  t.connection({
    type: AdvisoryRef,
    description: 'Warnings about it, withdrawn ones too, the latest first.',
    complexity: statementConnectionCost,
    resolve: ({ pluginName, version, visibility, tenantId }, args, context) =>
      advisoriesOf(context, { pluginName, version, seenFrom: visibility === 'public' ? null : tenantId }, args),
  }),
);

builder.objectField(TenantRef, 'advisories', (t) =>
  t.connection({
    type: AdvisoryRef,
    description: 'Warnings that stand against versions of plugins that it has installed, the latest first.',
    complexity: statementConnectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const page = parsePage('advisories of a tenant', args, 2, tenantId);
      const rows = await session.read(tenantId, 'plugin.read', (client) =>
        listTenantAdvisories(client, { tenantId, page }),
      );
      return toConnection(page, rows, advisoryKey);
    },
  }),
);
