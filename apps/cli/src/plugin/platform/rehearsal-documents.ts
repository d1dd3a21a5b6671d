import { z } from 'zod';
import { ERROR_FIELDS } from '../../platform/documents/error-fields.ts';
import { pageInfoSchema } from '../../platform/documents/page-info.ts';

const VERDICTS = ['SAME', 'DIFFERENT', 'NEW_ERROR', 'CURED_ERROR', 'SCHEMA_REFUSED', 'NOT_COMPARABLE'] as const;

const rehearsalSchema = z.object({
  id: z.string(),
  pluginName: z.string(),
  toVersion: z.string(),
  fromVersions: z.array(z.string()),
  status: z.enum(['pending', 'running', 'succeeded', 'failed', 'canceled']),
  progress: z.number(),
  sampleCount: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
  counts: z.object({
    same: z.number(),
    different: z.number(),
    newError: z.number(),
    curedError: z.number(),
    schemaRefused: z.number(),
    notComparable: z.number(),
  }),
});
export type Rehearsal = z.infer<typeof rehearsalSchema>;
const FIELDS = `id pluginName toVersion fromVersions status progress sampleCount error { code message hint }
    counts { same different newError curedError schemaRefused notComparable }`;

const outcomeSchema = z
  .object({
    output: z.unknown(),
    error: z.object({ code: z.string(), name: z.string(), message: z.string() }).nullable(),
  })
  .nullable();

const sampleSchema = z.object({
  stepId: z.string().nullable(),
  part: z.string().nullable(),
  attempt: z.number(),
  contribution: z.string(),
  fromVersion: z.string(),
  verdict: z.enum(VERDICTS).nullable(),
  reason: z.string().nullable(),
  differenceCount: z.number(),
  run: z.object({ id: z.string() }).nullable(),
  input: z.unknown(),
  recorded: outcomeSchema,
  before: outcomeSchema,
  after: outcomeSchema,
  differences: z.array(
    z.object({
      path: z.string(),
      kind: z.enum(['ADDED', 'REMOVED', 'CHANGED', 'REFUSED']),
      before: z.unknown(),
      after: z.unknown(),
      message: z.string().nullable(),
    }),
  ),
});
export type RehearsalSample = z.infer<typeof sampleSchema>;

export const rehearseUpgrade = {
  document: `mutation RehearseUpgrade($input: RehearseUpgradeInput!) {
  rehearseUpgrade(input: $input) { ... on RehearseUpgradeSuccess { rehearsal { ${FIELDS} } } ${ERROR_FIELDS} }
}`,
  shape: z.object({ rehearsal: rehearsalSchema }),
};

export const cancelRehearsal = {
  document: `mutation CancelRehearsal($input: CancelRehearsalInput!) {
  cancelRehearsal(input: $input) { ... on CancelRehearsalSuccess { rehearsal { ${FIELDS} } } ${ERROR_FIELDS} }
}`,
  shape: z.object({ rehearsal: rehearsalSchema }),
};

export const rehearsalById = {
  document: `query RehearsalById($id: ID!) { node(id: $id) { ... on Rehearsal { ${FIELDS} } } }`,
  shape: z.object({ node: rehearsalSchema.nullable() }),
};

export const rehearsalSamples = {
  document: `query RehearsalSamples($id: ID!, $first: Int!, $after: String) {
  node(id: $id) {
    ... on Rehearsal {
      samples(first: $first, after: $after) {
        nodes {
          stepId part attempt contribution fromVersion verdict reason differenceCount run { id } input
          recorded { output error { code name message } }
          before { output error { code name message } }
          after { output error { code name message } }
          differences { path kind before after message }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`,
  shape: z.object({
    node: z.object({ samples: z.object({ nodes: z.array(sampleSchema), pageInfo: pageInfoSchema }) }).nullable(),
  }),
};
