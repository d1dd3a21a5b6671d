import type { FieldRef } from '@pothos/core';
import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { parseTenantId } from '../../global-id.ts';
import type { ListCount } from '../../list-count.ts';
import {
  countPlugins,
  listPlugins,
  pluginKey,
  pluginKeyLength,
  type PluginFacets,
  type PluginOrder,
  readFacets,
} from '../../marketplace/search/list-plugins.ts';
import { type PluginFilter, searchText } from '../../marketplace/search/plugin-filter.ts';
import { type PageArguments, parsePage, toConnection } from '../../page.ts';
import { readCatalogue, seenFrom } from '../../plugins/catalogue.ts';
import { type BuilderTypes, builder } from '../builder.ts';
import { connectionCost, STATEMENT_COST, statementCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { PluginRef } from '../refs.ts';
import { OrderDirectionEnum, totalCount } from './list-order.ts';
import { CategoryCountRef, PluginCategoryEnum } from './plugin-category.ts';
import { ContributionKindEnum } from './plugin-contribution.ts';

const PluginOrderFieldEnum = builder.enumType('PluginOrderField', {
  description: 'By what plugins are ordered.',
  values: {
    RELEVANCE: {
      value: 'relevance',
      description:
        'By how well they fit the search, how much they are used, how they are rated, and how fresh they are.',
    },
    NAME: { value: 'name', description: 'By the name of the package.' },
    UPDATED_AT: { value: 'updatedAt', description: 'By when a version was published last.' },
    CREATED_AT: { value: 'createdAt', description: 'By when the first version was published.' },
    INSTALLS: { value: 'installs', description: 'By how many tenants have them.' },
    DOWNLOADS: { value: 'downloads', description: 'By how often their versions were fetched.' },
    RATING: { value: 'rating', description: 'By their ratings; few of them count less.' },
  } as const,
});

const PluginOrderInput = builder.inputType('PluginOrder', {
  description: 'An order of plugins.',
  fields: (t) => ({
    field: t.field({ type: PluginOrderFieldEnum, required: true, description: 'By what.' }),
    direction: t.field({ type: OrderDirectionEnum, required: true, description: 'In which direction.' }),
  }),
});

const BY_NAME: PluginOrder = { field: 'name', direction: 'asc' };
const BY_RELEVANCE: PluginOrder = { field: 'relevance', direction: 'desc' };

const KindCountRef = builder.objectRef<PluginFacets['kinds'][number]>('PluginKindCount').implement({
  description: 'A kind of contribution with how many plugins have one.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ContributionKindEnum, description: 'Which.' }),
    count: t.exposeInt('count', { description: 'How many plugins.' }),
  }),
});

const PluginFacetsRef = builder.objectRef<PluginFacets>('PluginFacets').implement({
  description: 'What there is among the plugins that a list lets through. What there is none of is left out.',
  fields: (t) => ({
    categories: t.field({
      type: [CategoryCountRef],
      description: 'By category.',
      resolve: ({ categories }) => [...categories],
    }),
    kinds: t.field({
      type: [KindCountRef],
      description: 'By what they contribute.',
      resolve: ({ kinds }) => [...kinds],
    }),
  }),
});

type Found = {
  readonly count: (max: number) => Promise<ListCount>;
  readonly facets: () => Promise<PluginFacets>;
};

/** As a count. */
const SEARCH_COST = 50;
const FACETS_COST = { field: SEARCH_COST, multiplier: 1 };

const pluginsCost = statementCost(
  ({ search, ...page }: PageArguments & { readonly search?: string | null | undefined }) => ({
    ...connectionCost(page),
    field: typeof search === 'string' ? SEARCH_COST : STATEMENT_COST,
  }),
);

const facets = <Parent extends Found>(
  connection: PothosSchemaTypes.ObjectFieldBuilder<BuilderTypes, Parent>,
): FieldRef<BuilderTypes, PluginFacets> =>
  connection.field({
    type: PluginFacetsRef,
    description: 'What there is among them, on all pages.',
    complexity: FACETS_COST,
    resolve: (found) => found.facets(),
  });

type ListArguments = PageArguments & {
  readonly tenantId: string | null;
  readonly filter: PluginFilter;
  readonly order: PluginOrder;
};

const findPlugins = async (context: ApiContext, { tenantId, filter, order, ...args }: ListArguments) => {
  const scope = JSON.stringify([tenantId, order.direction, filter]);
  const page = parsePage(`plugins by ${order.field}`, args, pluginKeyLength(order.field), scope);
  const rows = await readCatalogue(context, tenantId, (reader) => listPlugins(reader, { filter, order, page }));
  const plugins = rows.map((row) => ({ ...row, ...seenFrom(tenantId, row) }));
  return {
    ...toConnection(page, plugins, pluginKey(order.field, page)),
    count: (max: number) => readCatalogue(context, tenantId, (reader) => countPlugins(reader, { filter, max })),
    facets: () => readCatalogue(context, tenantId, (reader) => readFacets(reader, filter)),
  };
};

builder.queryField('plugins', (t) =>
  t.connection(
    {
      type: PluginRef,
      description: example(
        'The catalogue: public plugins and, with `tenantId`, those private to that tenant.',
        `{ plugins(tenantId: "<tenant>", search: "read", compatibleOnly: true, first: 10) {
  totalCount { count } facets { categories { category title count } kinds { kind count } }
  nodes { name title category installs latestVersion { version } } } }`,
      ),
      args: {
        search: t.arg.string({
          description:
            'Only those with all these words, or beginnings of them, in what is written about them; similar words count when there are few.',
        }),
        tenantId: t.arg.id({ description: 'Those private to this tenant too.' }),
        category: t.arg({ type: PluginCategoryEnum, description: 'Only those of this category.' }),
        kind: t.arg({ type: ContributionKindEnum, description: 'Only those that contribute such.' }),
        publisher: t.arg.string({ description: 'Only those of this scope: the slug of a tenant, or `community`.' }),
        verifiedOnly: t.arg.boolean({ description: 'Only those of verified publishers. Default: false.' }),
        builtIn: t.arg.boolean({ description: 'Only those that come with the platform, or only others.' }),
        compatibleOnly: t.arg.boolean({ description: 'Only those that work with this platform. Default: false.' }),
        minRating: t.arg.float({ description: 'Only those that are rated so, from 1 to 5; few ratings count less.' }),
        orderBy: t.arg({
          type: PluginOrderInput,
          description: 'Default: RELEVANCE, DESC with a search, else NAME, ASC.',
        }),
      },
      complexity: pluginsCost,
      resolve: (_root, args, context) => {
        const tenantId = typeof args.tenantId === 'string' ? parseTenantId(args.tenantId) : null;
        if (typeof args.tenantId === 'string' && tenantId === null) throw notFound();
        const search = searchText(args.search);
        const filter: PluginFilter = {
          search,
          category: args.category ?? null,
          kind: args.kind ?? null,
          publisher: args.publisher?.replace(/^@/, '') ?? null,
          verifiedOnly: args.verifiedOnly ?? false,
          builtIn: args.builtIn ?? null,
          compatibleOnly: args.compatibleOnly ?? false,
          minRating: args.minRating ?? null,
        };
        const order = args.orderBy ?? (search === null ? BY_NAME : BY_RELEVANCE);
        const { first, last, after, before } = args;
        return findPlugins(context, { tenantId, filter, order, first, last, after, before });
      },
    },
    {
      name: 'PluginConnection',
      fields: (connection) => ({ totalCount: totalCount(connection), facets: facets(connection) }),
    },
    { name: 'PluginConnectionEdge' },
  ),
);
