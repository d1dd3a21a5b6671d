import { notFound } from '../../access.ts';
import { parseTenantId } from '../../global-id.ts';
import { CATEGORY_TITLES, type CategoryCount, countCategories } from '../../marketplace/search/plugin-categories.ts';
import { readCatalogue } from '../../plugins/catalogue.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { describedEnum } from './described-enum.ts';

export const PluginCategoryEnum = describedEnum('PluginCategory', {
  description: 'Where a plugin stands in the marketplace.',
  values: CATEGORY_TITLES,
});

export const CategoryCountRef = builder.objectRef<CategoryCount>('PluginCategoryCount').implement({
  description: 'A category with how many plugins it has.',
  fields: (t) => ({
    category: t.expose('category', { type: PluginCategoryEnum, description: 'Which.' }),
    title: t.string({ description: 'What people call it.', resolve: ({ category }) => CATEGORY_TITLES[category] }),
    count: t.exposeInt('count', { description: 'How many plugins.' }),
  }),
});

/** Counts all plugins. */
const COUNT_COST = { field: 50, multiplier: 1 };

builder.queryField('pluginCategories', (t) =>
  t.field({
    type: [CategoryCountRef],
    description: example(
      'All categories of the marketplace, with how many plugins each has.',
      '{ pluginCategories { category title count } }',
    ),
    complexity: COUNT_COST,
    args: { tenantId: t.arg.id({ description: 'With those private to this tenant.' }) },
    resolve: async (_root, args, context) => {
      const tenantId = typeof args.tenantId === 'string' ? parseTenantId(args.tenantId) : null;
      if (typeof args.tenantId === 'string' && tenantId === null) throw notFound();
      return [...(await readCatalogue(context, tenantId, countCategories))];
    },
  }),
);
