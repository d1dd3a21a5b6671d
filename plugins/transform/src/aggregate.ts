import { createPace, defineOperation, refusedInput } from '@ia-modules/bounded-work';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { AGGREGATES, aggregateValues } from './aggregate-values.ts';
import { groupRows } from './group-rows.ts';
import { fieldPath, fieldPaths } from './keys.ts';
import { asList } from './rows.ts';

const metric = z.strictObject({
  function: z
    .enum(AGGREGATES)
    .describe('What is computed. Without a number to compute from, all but the counts and `sum` give null.'),
  field: fieldPath
    .default('$')
    .describe('Of which field; `$` is the item itself. Missing values and null are passed over.'),
  percentile: z
    .number()
    .min(0)
    .max(100)
    .default(50)
    .describe('Of `percentile`, interpolated between the nearest two values.'),
});

export const aggregate = defineOperation({
  name: 'aggregate',
  title: 'Aggregate',
  description: 'Computes sums, averages, extremes, counts and percentiles of a list, as a whole or by groups.',
  takes: 'a list',
  config: z.strictObject({
    by: fieldPaths.optional().describe('Fields that make a group: the result is a list then, one object a group.'),
    metrics: z
      .record(z.string().min(1).max(100), metric)
      .describe('What to compute, by the name it gets: `{"total": {"function": "sum", "field": "amount"}}`.'),
  }),
  apply: async (value, { by, metrics }, ctx) => {
    const wanted = Object.entries(metrics);
    if (wanted.length === 0 || wanted.length > 50) throw refusedInput('Name 1 to 50 metrics.');
    const pace = createPace(ctx);
    const compute = async (items: readonly Json[], key: JsonObject = {}): Promise<JsonObject> => {
      const computed: [string, Json][] = [];
      for (const [name, init] of wanted) {
        computed.push([name, await aggregateValues(items, init, pace)]);
        if (pace.isDue()) await pace.rest();
      }
      return Object.fromEntries([...Object.entries(key), ...computed]);
    };
    const rows = asList(value);
    if (by === undefined) return await compute(rows);
    const made: JsonObject[] = [];
    for (const { key, items } of await groupRows(rows, by, ctx)) made.push(await compute(items, key));
    return made;
  },
});
