import { findNodeAtLocation, getNodeValue, type JSONPath, parseTree } from 'jsonc-parser';

/** A definition's text, read far enough to find its parts; whether it is right is for validation to say. */
export type SourceDocument = {
  readonly value: unknown;
  /** Where a part begins; lines and columns count from 1. */
  readonly locate: (path: JSONPath) => { readonly line: number; readonly column: number } | undefined;
};

/** Undefined when the text is no document at all, or nested too deeply to be one. */
export const readSource = (text: string): SourceDocument | undefined => {
  if (!text.includes('plugin_config')) return undefined;
  try {
    const root = parseTree(text.replace(/^\uFEFF/, ' '), [], { allowTrailingComma: true });
    if (root === undefined) return undefined;
    return {
      value: getNodeValue(root),
      locate: (path) => {
        const node = findNodeAtLocation(root, path);
        return node === undefined ? undefined : positionAt(text, node.offset);
      },
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/** Lines and columns count from 1. */
export const positionAt = (text: string, offset: number): { readonly line: number; readonly column: number } => {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
};
