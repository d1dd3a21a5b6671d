import { notFound } from '../../access.ts';
import { parseTenantId } from '../../global-id.ts';
import { type InstallPlan, type PlannedInstall, planInstall } from '../../plugins/install-plan.ts';
import { builder } from '../builder.ts';
import { PluginPermissionsRef, PluginRef } from '../refs.ts';

const PlannedInstallRef = builder.objectRef<PlannedInstall>('PlannedInstall').implement({
  description: 'A version of a plugin that has to be installed, each with a consent of its own.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the package: `@scope/name`.' }),
    version: t.exposeString('version', { description: 'The version that fits everybody who needs it.' }),
    installedVersion: t.exposeString('installedVersion', {
      nullable: true,
      description: 'What the tenant has of it now.',
    }),
    permissions: t.expose('permissions', { type: PluginPermissionsRef, description: 'What it asks for.' }),
  }),
});

const InstallProblemRef = builder.objectRef<InstallPlan['problems'][number]>('InstallProblem').implement({
  description: 'Why versions do not go together.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What does not fit, for people.' }),
    hint: t.exposeString('hint', { description: 'What to do about it.' }),
    path: t.stringList({ description: 'Who needs whom, from what is wanted on.', resolve: ({ path }) => [...path] }),
  }),
});

export const InstallPlanRef = builder.objectRef<InstallPlan>('InstallPlan').implement({
  description: 'What it takes to have a plugin in a tenant.',
  fields: (t) => ({
    installs: t.field({
      type: [PlannedInstallRef],
      description: 'What to install, in this order: dependencies first, the plugin itself last.',
      resolve: ({ installs }) => [...installs],
    }),
    problems: t.field({
      type: [InstallProblemRef],
      description: 'What is in the way with the versions that are installed now.',
      resolve: ({ problems }) => [...problems],
    }),
  }),
});

/** A few statements of their own. */
const PLAN_COST = { field: 50, multiplier: 1 };

builder.objectField(PluginRef, 'installPlan', (t) =>
  t.field({
    type: InstallPlanRef,
    description: 'What else has to be installed in a tenant for this plugin, and what all of it asks for.',
    complexity: PLAN_COST,
    args: {
      tenantId: t.arg.id({ required: true }),
      version: t.arg.string({ description: 'A version or a range; the newest that is not deprecated when left out.' }),
    },
    resolve: async ({ name }, args, { session }) => {
      const tenantId = parseTenantId(args.tenantId);
      if (tenantId === null) throw notFound();
      return session.read(tenantId, 'plugin.read', (client) =>
        planInstall(async (sql, values) => (await client.query(sql, [...values])).rows, {
          tenantId,
          name,
          version: args.version ?? null,
        }),
      );
    },
  }),
);
