import type { Json, JsonObject, PluginContext } from '@ia-modules/plugin-sdk';
import { eachItem } from './each-item.ts';
import { identityOf, keyFields, valuesAt } from './keys.ts';

export type Group = { readonly key: JsonObject; readonly items: Json[] };

/** Groups in the order in which they first occur. */
export const groupRows = async (
  rows: readonly Json[],
  by: readonly string[],
  ctx: PluginContext,
): Promise<readonly Group[]> => {
  const fields = keyFields(by);
  const groups = new Map<string, Group>();
  await eachItem(rows, ctx, (row) => {
    const values = valuesAt(row, fields);
    const identity = identityOf(values);
    const known = groups.get(identity);
    if (known !== undefined) known.items.push(row);
    else {
      const key = Object.fromEntries(fields.map(({ text }, index) => [text, values[index] ?? null]));
      groups.set(identity, { key, items: [row] });
    }
  });
  return [...groups.values()];
};
