import { z } from 'zod';

export const pageInfoSchema = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });

/** A page of a list. */
export type Page<T> = { readonly nodes: readonly T[]; readonly pageInfo: z.infer<typeof pageInfoSchema> };
