import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';

const savedSchema = z.object({
  pipeline: z.object({ id: z.string(), name: z.string(), revision: z.number() }),
  diagnostics: z.array(z.object({ message: z.string(), path: z.string() })),
});
const SAVED_FIELDS = 'pipeline { id name revision } diagnostics { message path }';

export const createPipeline = {
  document: `mutation CreatePipeline($input: CreatePipelineInput!) {
  createPipeline(input: $input) { ... on CreatePipelineSuccess { ${SAVED_FIELDS} } ${ERROR_FIELDS} }
}`,
  shape: savedSchema,
};

export const updatePipeline = {
  document: `mutation UpdatePipeline($input: UpdatePipelineInput!) {
  updatePipeline(input: $input) { ... on UpdatePipelineSuccess { ${SAVED_FIELDS} } ${ERROR_FIELDS} }
}`,
  shape: savedSchema,
};

export const pipelineRevisions = {
  document: `query PipelineRevisions($slug: String!, $name: String!) {
  tenant(slug: $slug) { pipelines(search: $name, first: 100) { nodes { id name revision } } }
}`,
  shape: z.object({
    tenant: z
      .object({
        pipelines: z.object({ nodes: z.array(z.object({ id: z.string(), name: z.string(), revision: z.number() })) }),
      })
      .nullable(),
  }),
};
