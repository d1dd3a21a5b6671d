import { requireTenantId } from '../../access.ts';
import { changeTenantRetention } from '../../tenants/change-retention.ts';
import type { TenantRow } from '../../tenants/tenant-rows.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { TenantRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';
import { loadTenant } from '../types/tenant-lookup.ts';

const UpdateTenantRetentionInput = builder.inputType('UpdateTenantRetentionInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    retentionDays: t.int({ description: 'Days after the end of a run; for ever, when left out.' }),
    archivesLogs: t.boolean({
      description: 'Whether logs go to blob storage before they are removed.',
      required: true,
    }),
  }),
});

const UpdateTenantRetentionSuccess = builder
  .objectRef<{ readonly kind: 'UpdateTenantRetentionSuccess'; readonly tenant: TenantRow }>(
    'UpdateTenantRetentionSuccess',
  )
  .implement({ fields: (t) => ({ tenant: t.expose('tenant', { type: TenantRef }) }) });

builder.mutationField('updateTenantRetention', (t) =>
  t.field({
    type: resultUnion('UpdateTenantRetentionResult', UpdateTenantRetentionSuccess),
    description: example(
      'Says how long the logs of ended runs are kept, also of those that have ended. What is removed without an archive is gone.',
      'mutation { updateTenantRetention(input: {tenantId: "<tenant>", retentionDays: 90, archivesLogs: true}) { __typename } }',
    ),
    args: { input: t.arg({ type: UpdateTenantRetentionInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const id = requireTenantId(context.viewer.principal, input.tenantId);
        const { retentionDays = null, archivesLogs } = input;
        await changeTenantRetention(context, { id, retentionDays, archivesLogs });
        return { kind: 'UpdateTenantRetentionSuccess' as const, tenant: await loadTenant(id, context) };
      }),
  }),
);
