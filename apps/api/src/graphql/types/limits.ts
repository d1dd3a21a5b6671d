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
    maxConcurrentTasks: t.exposeInt('maxConcurrentTasks', { nullable: true }),
    maxRunsPerMinute: t.exposeInt('maxRunsPerMinute', { nullable: true }),
  }),
});

builder.objectField(TenantRef, 'limits', (t) =>
  t.field({
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
