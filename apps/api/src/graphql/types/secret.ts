import { notFound } from '../../access.ts';
import { tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { listSecrets } from '../../secrets/secret-rows.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { PipelineRef, SecretRef, SecretVersionRef, TenantRef } from '../refs.ts';

SecretRef.implement({
  description: 'A value that steps need and nobody reads back: no field of the API shows it.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ resolve: (secret) => tenantNodeId('Secret', secret) }),
    name: t.exposeString('name', { description: 'As pipelines read it: `{{ secrets.NAME }}`. It never changes.' }),
    description: t.exposeString('description', { description: 'What it is for, and where to get another one.' }),
    currentVersion: t.exposeInt('currentVersion', { description: 'The version that attempts get which begin now.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When an attempt last got it, to about a minute; null when none ever did.',
    }),
    createdBy: t.exposeString('createdBy', { description: 'The id of the user or token that made it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When its value or its description last changed.',
    }),
    versions: t.connection({
      type: SecretVersionRef,
      description: 'Its last hundred versions, the newest first.',
      complexity: connectionCost,
      resolve: async ({ tenantId, id }, args, { loaders }) => {
        const page = parsePage('secretVersions', args, 1, tenantId);
        const rows = await loaders.versionsOfSecrets.load({ tenantId, id, args: page });
        return toConnection(page, rows, (row) => [row.version]);
      },
    }),
    usedBy: t.connection({
      type: PipelineRef,
      description: 'The pipelines whose newest version names it; archived ones are left out.',
      complexity: connectionCost,
      resolve: async ({ tenantId, id }, args, { loaders }) => {
        const page = parsePage('secretUsers', args, 2, tenantId);
        const users = await loaders.usersOfSecrets.load({ tenantId, id, args: page });
        const { edges, pageInfo } = toConnection(page, users, (user) => [user.name, user.id]);
        const pipelines = await Promise.all(edges.map(({ node }) => loaders.pipelines.load({ tenantId, id: node.id })));
        return {
          pageInfo,
          edges: edges.map(({ cursor }, index) => {
            const pipeline = pipelines[index] ?? null;
            if (pipeline === null) throw notFound();
            return { cursor, node: pipeline };
          }),
        };
      },
    }),
  }),
});

SecretVersionRef.implement({
  description: 'That a secret got a value, and from whom; never the value.',
  fields: (t) => ({
    number: t.exposeInt('version', { description: 'Counts up from 1.' }),
    createdBy: t.exposeString('createdBy', { description: 'The id of the user or token that set it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was set.' }),
  }),
});

builder.objectField(TenantRef, 'secrets', (t) =>
  t.connection({
    type: SecretRef,
    description: 'The secrets of the tenant, by name.',
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const page = parsePage('secrets', args, 1, tenantId);
      const rows = await session.read(tenantId, 'secret.read', (client) => listSecrets(client, { tenantId, page }));
      return toConnection(page, rows, (row) => [row.name]);
    },
  }),
);
