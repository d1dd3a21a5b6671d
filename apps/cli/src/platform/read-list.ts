import type { Page } from './documents/page-info.ts';

const MAX_PAGE = 100;

/** Reads pages of a list until there are as many as wanted, or no more. */
export const readList = async <T>(
  limit: number,
  read: (page: { readonly first: number; readonly after: string | null }) => Promise<Page<T> | undefined>,
): Promise<readonly T[]> => {
  const items: T[] = [];
  let after: string | null = null;
  while (items.length < limit) {
    const page: Page<T> | undefined = await read({ first: Math.min(MAX_PAGE, limit - items.length), after });
    items.push(...(page?.nodes ?? []));
    if (page?.pageInfo.hasNextPage !== true) break;
    after = page.pageInfo.endCursor;
  }
  return items;
};
