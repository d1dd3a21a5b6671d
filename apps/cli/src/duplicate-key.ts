import { visit } from 'jsonc-parser';
import { positionAt } from './source-document.ts';

/** Where a key stands again; lines and columns count from 1. */
export type DuplicateKey = { readonly key: string; readonly line: number; readonly column: number };

/** Finds the first key that stands twice in one object of a JSON text: JSON.parse takes the last one without a word. */
export const findDuplicateKey = (text: string): DuplicateKey | undefined => {
  const open: Set<string>[] = [];
  let found: { readonly key: string; readonly offset: number } | undefined;
  try {
    visit(text.replace(/^\uFEFF/, ' '), {
      onObjectBegin: () => void open.push(new Set()),
      onObjectProperty: (key, offset) => {
        const keys = open.at(-1);
        if (keys?.has(key) === true) found ??= { key, offset };
        keys?.add(key);
      },
      onObjectEnd: () => void open.pop(),
    });
  } catch (error) {
    // Nested deeper than this parser can go, which is deeper than parameters may be.
    if (!(error instanceof RangeError)) throw error;
  }
  return found === undefined ? undefined : { key: found.key, ...positionAt(text, found.offset) };
};
