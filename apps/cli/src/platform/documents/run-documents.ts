import { z } from 'zod';
import { pageInfoSchema } from './page-info.ts';

const runErrorSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });
const pipelineSchema = z.object({ id: z.string(), name: z.string() });

const summarySchema = z.object({
  id: z.string(),
  status: z.string(),
  waitReason: z.string().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  durationMs: z.number().nullable(),
  pipeline: pipelineSchema,
});
export type RunSummary = z.infer<typeof summarySchema>;

const SUMMARY_FIELDS = 'id status waitReason createdAt startedAt finishedAt durationMs pipeline { id name }';

export const runList = {
  document: `query RunList($slug: String!, $pipelineId: ID, $status: [RunStatus!], $first: Int!, $after: String) {
  tenant(slug: $slug) {
    runs(pipelineId: $pipelineId, status: $status, first: $first, after: $after) {
      nodes { ${SUMMARY_FIELDS} }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
  shape: z.object({
    tenant: z
      .object({
        runs: z.object({
          nodes: z.array(summarySchema),
          pageInfo: pageInfoSchema,
        }),
      })
      .nullable(),
  }),
};

const stateSchema = summarySchema.extend({
  outputs: z.unknown(),
  error: runErrorSchema.nullable(),
  priority: z.number(),
  costUsd: z.number(),
  isLogPruned: z.boolean(),
  originKind: z.string().nullable(),
  origin: z.object({ id: z.string() }).nullable(),
  parent: z.object({ id: z.string() }).nullable(),
});
export type RunState = z.infer<typeof stateSchema>;

export const runState = {
  document: `query RunState($id: ID!) {
  node(id: $id) { ... on Run { ${SUMMARY_FIELDS} outputs error { code message hint }
    priority costUsd isLogPruned originKind origin { id } parent { id } } }
}`,
  shape: z.object({ node: stateSchema.nullable() }),
};

const stepSchema = z.object({
  stepId: z.string(),
  status: z.string(),
  attempts: z.number(),
  iterations: z.number(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  error: runErrorSchema.nullable(),
  output: z.unknown().optional(),
});
export type RunStep = z.infer<typeof stepSchema>;

export const runSteps = {
  document: `query RunSteps($id: ID!, $withOutput: Boolean!, $after: String) {
  node(id: $id) {
    ... on Run {
      steps(first: 100, after: $after) {
        nodes {
          stepId status attempts iterations startedAt finishedAt
          error { code message hint }
          output @include(if: $withOutput)
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`,
  shape: z.object({
    node: z
      .object({
        steps: z.object({
          nodes: z.array(stepSchema),
          pageInfo: pageInfoSchema,
        }),
      })
      .nullable(),
  }),
};
