import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';

const resultSchema = z.object({
  runId: z.string(),
  run: z.object({ id: z.string(), status: z.string() }).nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
});
export type BulkResult = z.infer<typeof resultSchema>;

export const bulkRuns = {
  document: `mutation BulkRuns($input: BulkRunsInput!) {
  bulkRuns(input: $input) {
    ... on BulkRunsSuccess { results { runId run { id status } error { code message hint } } hasMore endCursor }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ results: z.array(resultSchema), hasMore: z.boolean(), endCursor: z.string().nullable() }),
};
