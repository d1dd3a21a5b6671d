import { DEFAULT_PAGE_SIZE, type PageArguments } from '../page.ts';

/** A connection costs what it may return: everything below it counts once for each node of a full page. */
export const connectionCost = ({
  first,
  last,
}: PageArguments): { readonly field: number; readonly multiplier: number } => ({
  field: 1,
  multiplier: Math.max(1, first ?? last ?? DEFAULT_PAGE_SIZE),
});
