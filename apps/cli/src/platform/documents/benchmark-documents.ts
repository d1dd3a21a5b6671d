import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';
import { pageInfoSchema } from './page-info.ts';

const REPORT_FIELDS = 'id name label createdBy createdAt';

const reportSchema = z.object({
  id: z.string(),
  name: z.string(),
  label: z.string(),
  createdBy: z.string(),
  createdAt: z.string(),
});

export const uploadBenchmark = {
  document: `mutation UploadBenchmark($input: UploadBenchmarkInput!) {
  uploadBenchmark(input: $input) {
    ... on UploadBenchmarkSuccess { benchmarkReport { ${REPORT_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ benchmarkReport: reportSchema }),
};

export const benchmarkHistory = {
  document: `query BenchmarkHistory($slug: String!, $name: String!, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    benchmark(name: $name) {
      history(first: $first, after: $after) {
        nodes { ${REPORT_FIELDS} }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`,
  shape: z.object({
    tenant: z
      .object({
        benchmark: z
          .object({ history: z.object({ nodes: z.array(reportSchema), pageInfo: pageInfoSchema }) })
          .nullable(),
      })
      .nullable(),
  }),
};

const caseSchema = z.object({
  name: z.string(),
  unit: z.string(),
  isLowerBetter: z.boolean(),
  baseMedian: z.number(),
  headMedian: z.number(),
  ratio: z.number(),
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
  verdict: z.string(),
});
export type ComparedCase = z.infer<typeof caseSchema>;

const comparisonSchema = z.object({
  base: reportSchema,
  head: reportSchema,
  threshold: z.number(),
  cases: z.array(caseSchema),
  added: z.array(z.string()),
  removed: z.array(z.string()),
});
export type ComparedReports = z.infer<typeof comparisonSchema>;

export const compareBenchmarks = {
  document: `query CompareBenchmarks($baseId: ID!, $headId: ID!, $threshold: Float) {
  compareBenchmarks(baseId: $baseId, headId: $headId, threshold: $threshold) {
    base { ${REPORT_FIELDS} }
    head { ${REPORT_FIELDS} }
    threshold
    cases { name unit isLowerBetter baseMedian headMedian ratio interval { low high } verdict }
    added
    removed
  }
}`,
  shape: z.object({ compareBenchmarks: comparisonSchema }),
};
