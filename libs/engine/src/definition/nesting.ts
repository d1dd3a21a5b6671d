/** How deep a JSON value that a person or a program hands in may be nested. */
export const MAX_DEPTH = 100;
const MAX_ITEMS_PER_LEVEL = 5_000_000;

/** Walks level by level, so that a value without end or one that contains itself ends too. */
export const isNestedTooDeep = (value: unknown): boolean => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH || level.length > MAX_ITEMS_PER_LEVEL) return true;
    const next: unknown[] = [];
    for (const item of level) {
      for (const child of Object.values(item as object))
        if (typeof child === 'object' && child !== null) next.push(child);
    }
    level = next;
  }
  return false;
};
