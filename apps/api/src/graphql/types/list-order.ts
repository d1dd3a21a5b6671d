import type { ListCount } from '../../list-count.ts';
import { MAX_COUNT } from '../../list-count.ts';
import { builder } from '../builder.ts';

export const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'In which direction a list is read.',
  values: {
    ASC: { value: 'asc', description: 'From the smallest, the earliest, from A.' },
    DESC: { value: 'desc', description: 'From the largest, the latest, from Z.' },
  } as const,
});

export const ListCountRef = builder.objectRef<ListCount>('ListCount').implement({
  description: 'How long a list is, counted no further than to a bound.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many there are, or the bound where there are more.' }),
    isExact: t.exposeBoolean('isExact', { description: 'Whether that is all of them.' }),
  }),
});

export const COUNT_DESCRIPTION = 'How many the filters let through, on all pages.';
export const MAX_DESCRIPTION = `Count no further than this: up to ${MAX_COUNT.toLocaleString('en')}, the default.`;

/** Counting reads up to as many rows as the bound says. */
export const COUNT_COST = { field: 50, multiplier: 1 };
