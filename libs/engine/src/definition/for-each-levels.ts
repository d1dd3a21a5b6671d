import type { Path } from './diagnostic.ts';
import type { ForEachDefinition } from './schema.ts';

export type ForEachLevel = { readonly level: ForEachDefinition; readonly path: Path };

/** A mapping and those within it, from the outermost to the innermost, each with its path. */
export const forEachLevels = (outermost: ForEachDefinition, path: Path): ForEachLevel[] => {
  const levels: ForEachLevel[] = [];
  for (let level: ForEachDefinition | undefined = outermost; level !== undefined; level = level.for_each) {
    levels.push({ level, path: [...path, ...levels.map(() => 'for_each')] });
  }
  return levels;
};
