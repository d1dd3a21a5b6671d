import { tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { listTenantExports, type TenantExportRow } from '../../tenants/export/export-rows.ts';
import type { ExportFile } from '../../tenants/export/export-manifest.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { TenantExportStatusEnum } from '../enums.ts';
import { TenantExportRef, TenantRef } from '../refs.ts';

type Deletion = { readonly requestedAt: Date; readonly requestedBy: string; readonly eraseAt: Date };

const TenantDeletionRef = builder.objectRef<Deletion>('TenantDeletion').implement({
  description: 'What is known of a deletion that can still be taken back.',
  fields: (t) => ({
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'Since when nothing starts any more.' }),
    requestedBy: t.exposeString('requestedBy', { description: "The user's id, or `token:<id>`." }),
    eraseAt: t.expose('eraseAt', { type: 'DateTime', description: 'When everything of the tenant is erased.' }),
  }),
});

builder.objectField(TenantRef, 'deletion', (t) =>
  t.field({
    type: TenantDeletionRef,
    nullable: true,
    description: 'Null unless the tenant is about to be erased.',
    resolve: ({ deletedAt, deletedBy, eraseAt }) =>
      deletedAt === null || eraseAt === null ? null : { requestedAt: deletedAt, requestedBy: deletedBy ?? '', eraseAt },
  }),
);

type FileShape = ExportFile & { readonly export: TenantExportRow };

const ExportFileRef = builder.objectRef<FileShape>('TenantExportFile').implement({
  description: 'All rows of one table, or the large values of runs: gzipped, one JSON object a line.',
  fields: (t) => ({
    name: t.exposeString('name', { description: '`<table>.jsonl.gz`' }),
    rows: t.exposeFloat('rows', { description: 'How many lines it has.' }),
    sizeBytes: t.exposeFloat('sizeBytes', { description: 'Gzipped.' }),
    sha256: t.exposeString('sha256', { description: 'Of the gzipped bytes, in hex.' }),
    url: t.string({
      description: 'Where it is read with GET. Valid for ten minutes, for whoever has it.',
      resolve: (file, _args, { services }) =>
        services.exportLinks.sign({ tenantId: file.export.tenantId, exportId: file.export.id, file: file.name }),
    }),
  }),
});

TenantExportRef.implement({
  description:
    'Everything that the platform keeps of a tenant, as files. Values of secrets and hashes of tokens stay out.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'Its global id.', resolve: (row) => tenantNodeId('TenantExport', row) }),
    status: t.expose('status', { type: TenantExportStatusEnum, description: 'How far it is.' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
    requestedBy: t.exposeString('requestedBy', { description: "The user's id, or `token:<id>`." }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its files were there, or gone.',
    }),
    manifestUrl: t.string({
      nullable: true,
      description: 'What the files hold, and where the audit log ended. Valid for ten minutes.',
      resolve: ({ id, tenantId, status }, _args, { services }) =>
        status === 'succeeded' ? services.exportLinks.sign({ tenantId, exportId: id, file: 'manifest.json' }) : null,
    }),
    files: t.field({
      type: [ExportFileRef],
      description: 'Empty until it has succeeded, and once it has expired.',
      resolve: (row) =>
        row.status === 'succeeded' ? (row.manifest?.files ?? []).map((file) => ({ ...file, export: row })) : [],
    }),
  }),
});

builder.objectField(TenantRef, 'exports', (t) =>
  t.connection({
    type: TenantExportRef,
    description: 'For owners: what was exported, newest first.',
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const page = parsePage('exports', args, 2, tenantId);
      const rows = await session.read(tenantId, 'tenant.delete', (client) =>
        listTenantExports(client, { tenantId, page }),
      );
      return toConnection(page, rows, (row) => [row.requestedAt.toISOString(), row.id]);
    },
  }),
);
