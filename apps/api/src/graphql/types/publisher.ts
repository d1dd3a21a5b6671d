import { opaqueId } from '../../global-id.ts';
import {
  fetchPublisher,
  listPublishedNames,
  loadPublisherOf,
  type PublisherRow,
} from '../../marketplace/publishers/publisher-rows.ts';
import { parsePage, toConnection } from '../../page.ts';
import { readCatalogue, seenFrom } from '../../plugins/catalogue.ts';
import { fetchPlugins } from '../../plugins/plugin-rows.ts';
import { builder } from '../builder.ts';
import { statementConnectionCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { PluginRef, TenantRef } from '../refs.ts';

export const PublisherRef = builder.objectRef<PublisherRow>('Publisher').implement({
  description: 'How a tenant shows itself to those who use its plugins.',
  fields: (t) => ({
    id: t.id({ resolve: ({ scope }) => opaqueId('Publisher', scope) }),
    scope: t.exposeString('scope', { description: "The tenant's slug: its plugins are called `@<scope>/…`." }),
    displayName: t.exposeString('displayName', { description: 'What it calls itself. Plain text.' }),
    description: t.exposeString('description', { description: 'What it says of itself. Plain text.' }),
    website: t.exposeString('website', { nullable: true, description: 'Where to read more: an https address.' }),
    isVerified: t.boolean({
      description: 'Whether the operator of the platform has checked that it is who its name says.',
      resolve: ({ verifiedAt }) => verifiedAt !== null,
    }),
    verifiedAt: t.expose('verifiedAt', { type: 'DateTime', nullable: true, description: 'When that was checked.' }),
    plugins: t.connection(
      {
        type: PluginRef,
        description: 'Its public plugins, by name.',
        complexity: statementConnectionCost,
        resolve: async ({ scope }, args, context) => {
          const page = parsePage('publishedPlugins', args, 1, scope);
          const plugins = await readCatalogue(context, null, async (reader) => {
            const names = await listPublishedNames(reader, { scope, page });
            const found = await fetchPlugins(reader, names);
            return names.flatMap((name) => found.find((plugin) => plugin.name === name) ?? []);
          });
          const seen = plugins.map((plugin) => seenFrom(null, plugin));
          return toConnection(page, seen, ({ name }) => [name]);
        },
      },
      { name: 'PublishedPluginConnection' },
      { name: 'PublishedPluginConnectionEdge' },
    ),
  }),
});

builder.queryField('publisher', (t) =>
  t.field({
    type: PublisherRef,
    nullable: true,
    description: example(
      'Who publishes the plugins of a scope; null for one without public plugins, or that says nothing of itself.',
      '{ publisher(scope: "<publisherScope>") { displayName isVerified website } }',
    ),
    args: { scope: t.arg.string({ required: true, description: "The tenant's slug." }) },
    resolve: (_root, { scope }, context) => readCatalogue(context, null, (reader) => fetchPublisher(reader, scope)),
  }),
);

builder.objectFields(PluginRef, (t) => ({
  publisher: t.field({
    type: PublisherRef,
    nullable: true,
    description: 'Who publishes it; null where that tenant says nothing of itself.',
    resolve: (plugin, _args, context) => loadPublisherOf(context, plugin),
  }),
  isVerified: t.boolean({
    description: 'Whether the operator of the platform has checked who publishes it.',
    resolve: async (plugin, _args, context) => ((await loadPublisherOf(context, plugin))?.verifiedAt ?? null) !== null,
  }),
}));

builder.objectField(TenantRef, 'publisher', (t) =>
  t.field({
    type: PublisherRef,
    nullable: true,
    description: 'How it shows itself to those who use its plugins; null while it says nothing.',
    resolve: ({ id: tenantId, slug }, _args, { session }) =>
      session.read(tenantId, 'plugin.read', (client) => fetchPublisher(client, slug)),
  }),
);
