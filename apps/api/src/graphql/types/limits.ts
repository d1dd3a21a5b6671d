import { readTenantLimits } from '../../tenants/tenant-limits.ts';
import { builder } from '../builder.ts';
import { PipelineRef, TenantLimitsRef, TenantRef } from '../refs.ts';

TenantLimitsRef.implement({
  description: 'What the operator of the platform allows a tenant. Null is no limit.',
  fields: (t) => ({
    weight: t.exposeInt('weight', { description: 'Share of the worker beside other tenants that want it too.' }),
    maxConcurrentRuns: t.exposeInt('maxConcurrentRuns', {
      nullable: true,
      description: 'Runs that work at the same time; those that only wait do not count.',
    }),
    maxConcurrentTasks: t.exposeInt('maxConcurrentTasks', {
      nullable: true,
      description: 'Attempts under way at the same time.',
    }),
    maxRunsPerMinute: t.exposeInt('maxRunsPerMinute', {
      nullable: true,
      description: 'Runs that begin within a minute; others wait for their turn.',
    }),
    maxRunsPerDay: t.exposeInt('maxRunsPerDay', {
      nullable: true,
      description: 'Runs that may be started on one day of UTC. Sub-pipelines are parts of runs and do not count.',
    }),
    maxEventsPerDay: t.exposeFloat('maxEventsPerDay', {
      nullable: true,
      description: 'Events that runs may write on one day of UTC before no more is started. Runs that go on are let.',
    }),
    maxStorageBytes: t.exposeFloat('maxStorageBytes', {
      nullable: true,
      description: 'Bytes of logs and large values before no more is started.',
    }),
    maxPlugins: t.exposeInt('maxPlugins', { nullable: true, description: 'Installed plugins.' }),
    maxPipelines: t.exposeInt('maxPipelines', { nullable: true, description: 'Pipelines that are not archived.' }),
    maxMembers: t.exposeInt('maxMembers', { nullable: true, description: 'Members and open invitations together.' }),
  }),
});

builder.objectField(TenantRef, 'limits', (t) =>
  t.field({
    description: 'What it may use of the worker.',
    type: TenantLimitsRef,
    resolve: ({ id }, _args, { session }) => session.read(id, 'tenant.read', (client) => readTenantLimits(client, id)),
  }),
);

builder.objectField(PipelineRef, 'maxConcurrentRuns', (t) =>
  t.exposeInt('maxConcurrentRuns', {
    nullable: true,
    description: 'Runs of it that work at the same time; null: as many as its tenant may have.',
  }),
);
