import { requireTenantId } from '../../access.ts';
import { deleteTenant, renameTenant, restoreTenant, transferTenant } from '../../tenants/change-tenant.ts';
import type { TenantExportRow } from '../../tenants/export/export-rows.ts';
import { exportTenant } from '../../tenants/export/export-tenant.ts';
import type { TenantRow } from '../../tenants/tenant-rows.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { TenantExportRef, TenantRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const tenantSuccess = <Kind extends string>(kind: Kind, description: string) =>
  builder.objectRef<{ readonly kind: Kind; readonly tenant: TenantRow }>(kind).implement({
    description,
    fields: (t) => ({
      tenant: t.field({ type: TenantRef, description: 'As it is now.', resolve: ({ tenant }) => tenant }),
    }),
  });

const RenameTenantInput = builder.inputType('RenameTenantInput', {
  description: 'A tenant and its new name.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Which tenant.' }),
    name: t.string({ required: true, description: 'The new name.' }),
  }),
});

builder.mutationField('renameTenant', (t) =>
  t.field({
    type: resultUnion('RenameTenantResult', tenantSuccess('RenameTenantSuccess', 'The tenant has its new name.')),
    description: example(
      'Gives a tenant another name. Its slug stays: packages carry it.',
      `mutation { renameTenant(input: {tenantId: "<tenant>", name: "Acme & Sons"}) {
  __typename ... on RenameTenantSuccess { tenant { slug name } } } }`,
    ),
    args: { input: t.arg({ type: RenameTenantInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        return {
          kind: 'RenameTenantSuccess' as const,
          tenant: await renameTenant(context, { tenantId, name: input.name }),
        };
      }),
  }),
);

const TransferTenantInput = builder.inputType('TransferTenantInput', {
  description: 'A tenant and who is to own it.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Which tenant.' }),
    userId: t.id({ required: true, description: 'The member who owns it from now on, by `User.id`.' }),
  }),
});

builder.mutationField('transferTenant', (t) =>
  t.field({
    type: resultUnion('TransferTenantResult', tenantSuccess('TransferTenantSuccess', 'The tenant has another owner.')),
    description: example(
      'Hands a tenant over: another member owns it, and who asks is an admin from then on. For people, not for tokens.',
      `mutation { transferTenant(input: {tenantId: "<tenant>", userId: "<member>"}) {
  __typename ... on TransferTenantSuccess { tenant { viewerRole } } } }`,
    ),
    args: { input: t.arg({ type: TransferTenantInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        return {
          kind: 'TransferTenantSuccess' as const,
          tenant: await transferTenant(context, { tenantId, userId: input.userId }),
        };
      }),
  }),
);

const DeleteTenantInput = builder.inputType('DeleteTenantInput', {
  description: 'A tenant, named twice.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Which tenant.' }),
    confirmSlug: t.string({ required: true, description: 'The slug of the tenant once more.' }),
  }),
});

builder.mutationField('deleteTenant', (t) =>
  t.field({
    type: resultUnion(
      'DeleteTenantResult',
      tenantSuccess('DeleteTenantSuccess', 'The tenant is closed; until it is erased, `restoreTenant` takes it back.'),
    ),
    description: example(
      'Closes a tenant: runs are canceled, tokens end, nothing starts any more. After some days of grace it is exported and everything of it erased.',
      `mutation { deleteTenant(input: {tenantId: "<tenant>", confirmSlug: "<slug>"}) {
  __typename ... on DeleteTenantSuccess { tenant { deletion { eraseAt } } } } }`,
    ),
    args: { input: t.arg({ type: DeleteTenantInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        return {
          kind: 'DeleteTenantSuccess' as const,
          tenant: await deleteTenant(context, { tenantId, slug: input.confirmSlug }),
        };
      }),
  }),
);

const RestoreTenantInput = builder.inputType('RestoreTenantInput', {
  description: 'A tenant that is about to be erased.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Which tenant.' }),
  }),
});

builder.mutationField('restoreTenant', (t) =>
  t.field({
    type: resultUnion('RestoreTenantResult', tenantSuccess('RestoreTenantSuccess', 'The tenant is open again.')),
    description: example(
      'Takes a deletion back while its days of grace last. Runs that were canceled stay canceled.',
      `# answers: Conflict
mutation { restoreTenant(input: {tenantId: "<tenant>"}) { __typename } }`,
    ),
    args: { input: t.arg({ type: RestoreTenantInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        return { kind: 'RestoreTenantSuccess' as const, tenant: await restoreTenant(context, tenantId) };
      }),
  }),
);

const ExportTenantInput = builder.inputType('ExportTenantInput', {
  description: 'Of which tenant everything is wanted.',
  fields: (t) => ({ tenantId: t.id({ required: true, description: 'Which tenant.' }) }),
});

const ExportTenantSuccess = builder
  .objectRef<{ readonly kind: 'ExportTenantSuccess'; readonly export: TenantExportRow }>('ExportTenantSuccess')
  .implement({
    description: 'The export is asked for; `node` tells when its files are there.',
    fields: (t) => ({ export: t.expose('export', { type: TenantExportRef, description: 'What was asked for.' }) }),
  });

builder.mutationField('exportTenant', (t) =>
  t.field({
    type: resultUnion('ExportTenantResult', ExportTenantSuccess),
    description: example(
      'Asks for everything that the platform keeps of a tenant, as files. While an export is being made, answers that one.',
      `mutation { exportTenant(input: {tenantId: "<tenant>"}) {
  __typename ... on ExportTenantSuccess { export { id status } } } }`,
    ),
    args: { input: t.arg({ type: ExportTenantInput, required: true, description: 'Which tenant.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        return { kind: 'ExportTenantSuccess' as const, export: await exportTenant(context, tenantId) };
      }),
  }),
);
