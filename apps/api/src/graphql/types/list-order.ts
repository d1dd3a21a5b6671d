import type { FieldRef } from '@pothos/core';
import { type ListCount, MAX_COUNT } from '../../list-count.ts';
import { type BuilderTypes, builder } from '../builder.ts';

export const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'In which direction a list is read.',
  values: {
    ASC: { value: 'asc', description: 'From the smallest, the earliest, from A.' },
    DESC: { value: 'desc', description: 'From the largest, the latest, from Z.' },
  } as const,
});

const ListCountRef = builder.objectRef<ListCount>('ListCount').implement({
  description: 'How long a list is, counted no further than to a bound.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many there are, or the bound where there are more.' }),
    isExact: t.exposeBoolean('isExact', { description: 'Whether that is all of them.' }),
  }),
});

type Counted = { readonly count: (max: number) => Promise<ListCount> };

/** Counting reads up to as many rows as the bound says. */
const COUNT_COST = { field: 50, multiplier: 1 };

/** How long a list is that can be counted. */
export const totalCount = <Parent extends Counted>(
  connection: PothosSchemaTypes.ObjectFieldBuilder<BuilderTypes, Parent>,
): FieldRef<BuilderTypes, ListCount> =>
  connection.field({
    type: ListCountRef,
    description: 'How many the filters let through, on all pages.',
    args: {
      max: connection.arg.int({
        description: `Count no further than this: up to ${MAX_COUNT.toLocaleString('en')}, the default.`,
      }),
    },
    complexity: COUNT_COST,
    resolve: ({ count }, { max }) => count(max ?? MAX_COUNT),
  });
