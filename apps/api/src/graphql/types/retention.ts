import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import type { TenantRetention } from '../../tenants/retention-rows.ts';
import { builder } from '../builder.ts';
import { TenantRef } from '../refs.ts';

const loadRetention = async (tenantId: string, { loaders }: ApiContext): Promise<TenantRetention> => {
  const retention = await loaders.tenantRetentions.load({ tenantId, id: tenantId });
  if (retention === null) throw notFound();
  return retention;
};

builder.objectField(TenantRef, 'retentionDays', (t) =>
  t.int({
    nullable: true,
    description: 'How long the logs of ended runs are kept; null is for ever.',
    resolve: async ({ id }, _args, context) => (await loadRetention(id, context)).retentionDays,
  }),
);

builder.objectField(TenantRef, 'archivesLogs', (t) =>
  t.boolean({
    description: 'Whether logs go to blob storage, with the large values of their runs, before they are removed.',
    resolve: async ({ id }, _args, context) => (await loadRetention(id, context)).archivesLogs,
  }),
);
