import { z } from 'zod';
import { pageInfoSchema } from './page-info.ts';

const waitingSchema = z.object({
  reason: z.string(),
  stepId: z.string().nullable(),
  iteration: z.string().nullable(),
  index: z.string().nullable(),
  since: z.string().nullable(),
  until: z.string().nullable(),
  detail: z.unknown(),
});
export type Waiting = z.infer<typeof waitingSchema>;

const WAITING_FIELDS = 'waiting { reason stepId iteration index since until detail }';

const waitsSchema = z.object({
  id: z.string(),
  status: z.string(),
  waitReason: z.string().nullable(),
  waiting: z.array(waitingSchema),
});
export type RunWaits = z.infer<typeof waitsSchema>;

export const runWaits = {
  document: `query RunWaits($id: ID!) {
  node(id: $id) { ... on Run { id status waitReason ${WAITING_FIELDS} } }
}`,
  shape: z.object({ node: waitsSchema.nullable() }),
};

const effectSchema = z.object({
  key: z.string(),
  stepId: z.string().nullable(),
  iteration: z.string().nullable(),
  index: z.string().nullable(),
  attempt: z.number(),
  state: z.string(),
  at: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type Effect = z.infer<typeof effectSchema>;

export const runEffects = {
  document: `query RunEffects($id: ID!, $first: Int!, $after: String) {
  node(id: $id) {
    ... on Run {
      effects(first: $first, after: $after) {
        nodes { key stepId iteration index attempt state at error { code message } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`,
  shape: z.object({
    node: z.object({ effects: z.object({ nodes: z.array(effectSchema), pageInfo: pageInfoSchema }) }).nullable(),
  }),
};

const inspectedStepSchema = z.object({
  stepId: z.string(),
  status: z.string(),
  output: z.unknown(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  attempts: z.number(),
  iteration: z.string(),
});

const inspectionSchema = z.object({
  status: z.string(),
  parameters: z.unknown(),
  costUsd: z.number(),
  seq: z.number(),
  steps: z.object({ nodes: z.array(inspectedStepSchema), pageInfo: pageInfoSchema }),
  waiting: z.array(waitingSchema),
});

export const runInspection = {
  document: `query RunInspection($id: ID!, $afterSeq: Int, $after: String) {
  node(id: $id) {
    ... on Run {
      inspection(afterSeq: $afterSeq) {
        seq status parameters costUsd
        steps(first: 100, after: $after) {
          nodes { stepId status output error { code message } attempts iteration }
          pageInfo { hasNextPage endCursor }
        }
        ${WAITING_FIELDS}
      }
    }
  }
}`,
  shape: z.object({ node: z.object({ inspection: inspectionSchema }).nullable() }),
};

export const runEvaluation = {
  document: `query RunEvaluation($id: ID!, $expression: String!, $afterSeq: Int, $stepId: String, $index: String) {
  node(id: $id) {
    ... on Run { evaluate(expression: $expression, afterSeq: $afterSeq, stepId: $stepId, index: $index) }
  }
}`,
  shape: z.object({ node: z.object({ evaluate: z.unknown() }).nullable() }),
};
