import { createPace, overLimit } from '@ia-modules/bounded-work';
import type { Json, PluginContext } from '@ia-modules/plugin-sdk';

/** How many rows a list may have, before and after. */
export const MAX_ROWS = 100_000;

const PROGRESS_FROM = 5_000;

/**
 * Visits one item after another, letting others work in between.
 * @throws PluginError `IA_PLUGIN_LIMIT`
 */
export const eachItem = async (
  items: readonly Json[],
  ctx: PluginContext,
  visit: (item: Json, index: number) => void,
): Promise<void> => {
  if (items.length > MAX_ROWS) throw overLimit(`A list may have ${MAX_ROWS} items; this one has ${items.length}.`);
  const pace = createPace(ctx);
  for (const [index, item] of items.entries()) {
    visit(item, index);
    if (!pace.isDue()) continue;
    await pace.rest();
    if (items.length >= PROGRESS_FROM) ctx.progress(index / items.length);
  }
};
