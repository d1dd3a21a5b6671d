import { requireTenantId, requireTenantNodeId } from '../../access.ts';
import type { PipelineRow } from '../../pipelines/pipeline-rows.ts';
import { archivePipeline } from '../../pipelines/archive-pipeline.ts';
import { createPipeline, updatePipeline } from '../../pipelines/save-pipeline.ts';
import { IDEMPOTENCY_KEY } from '../../idempotency.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { PipelineRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';
import { savedPipeline } from './saved-pipeline.ts';

const DEFINITION = 'The definition: an object, or its source text (then diagnostics have lines).';

const CreatePipelineInput = builder.inputType('CreatePipelineInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    definition: t.field({ type: 'JSON', required: true, description: DEFINITION }),
    dryRun: t.boolean({ description: 'Check and show the result without saving it.' }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField('createPipeline', (t) =>
  t.field({
    type: resultUnion('CreatePipelineResult', savedPipeline('CreatePipelineSuccess')),
    description: example(
      'Checks a definition and saves it as the first version of a pipeline.',
      `
mutation {
  createPipeline(input: {
    tenantId: "<tenant>"
    definition: {name: "hello", steps: [{id: "greet", uses: "core.noop", with: {text: "Hello"}}]}
  }) {
    __typename
    ... on CreatePipelineSuccess { pipeline { id revision } }
    ... on ValidationFailed { diagnostics { path message hint } }
  }
}`,
    ),
    args: { input: t.arg({ type: CreatePipelineInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const definition = input.definition ?? null;
        const saved = await createPipeline(context, { tenantId, definition, dryRun: input.dryRun === true }, input);
        return { kind: 'CreatePipelineSuccess' as const, ...saved };
      }),
  }),
);

const UpdatePipelineInput = builder.inputType('UpdatePipelineInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    definition: t.field({ type: 'JSON', required: true, description: DEFINITION }),
    expectedVersion: t.int({ required: true, description: 'The revision that the change is based on.' }),
    dryRun: t.boolean({ description: 'Check and show the result without saving it.' }),
  }),
});

builder.mutationField('updatePipeline', (t) =>
  t.field({
    type: resultUnion('UpdatePipelineResult', savedPipeline('UpdatePipelineSuccess')),
    description: example(
      'Checks a definition and saves it as the next version of a pipeline. Runs that go on keep the version they began with.',
      `
mutation {
  updatePipeline(input: {
    id: "<pipeline>"
    expectedVersion: 2
    definition: {name: "hello", steps: [{id: "greet", uses: "core.noop"}]}
  }) {
    __typename
    ... on UpdatePipelineSuccess { pipeline { revision } }
    ... on Conflict { currentVersion }
  }
}`,
    ),
    args: { input: t.arg({ type: UpdatePipelineInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Pipeline', input.id);
        const saved = await updatePipeline(context, {
          ...key,
          definition: input.definition ?? null,
          expectedVersion: input.expectedVersion,
          dryRun: input.dryRun === true,
        });
        return { kind: 'UpdatePipelineSuccess' as const, ...saved };
      }),
  }),
);

const archived = <Kind extends 'ArchivePipelineSuccess' | 'UnarchivePipelineSuccess'>(kind: Kind) =>
  builder.objectRef<{ readonly kind: Kind; readonly pipeline: PipelineRow }>(kind).implement({
    description: 'The pipeline is where it was asked to be, whether it was there before or not.',
    fields: (t) => ({
      pipeline: t.field({ type: PipelineRef, description: 'As it is now.', resolve: ({ pipeline }) => pipeline }),
    }),
  });

const ArchivePipelineInput = builder.inputType('ArchivePipelineInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    expectedVersion: t.int({ description: 'Archive only this revision.' }),
  }),
});

builder.mutationField('archivePipeline', (t) =>
  t.field({
    type: resultUnion('ArchivePipelineResult', archived('ArchivePipelineSuccess')),
    description: example(
      'An archived pipeline starts no runs and takes no changes; what it ran stays readable.',
      'mutation { archivePipeline(input: {id: "<pipeline>"}) { __typename ... on ArchivePipelineSuccess { pipeline { archivedAt } } } }',
    ),
    args: { input: t.arg({ type: ArchivePipelineInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Pipeline', input.id);
        const expectedVersion = input.expectedVersion ?? null;
        const pipeline = await archivePipeline(context, { ...key, isArchived: true, expectedVersion });
        return { kind: 'ArchivePipelineSuccess' as const, pipeline };
      }),
  }),
);

const UnarchivePipelineInput = builder.inputType('UnarchivePipelineInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    expectedVersion: t.int({ description: 'Take out of the archive only this revision.' }),
  }),
});

builder.mutationField('unarchivePipeline', (t) =>
  t.field({
    type: resultUnion('UnarchivePipelineResult', archived('UnarchivePipelineSuccess')),
    description: example(
      'Takes a pipeline out of the archive: it starts runs and takes changes again. Its triggers go on as they were.',
      'mutation { unarchivePipeline(input: {id: "<archivedPipeline>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: UnarchivePipelineInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Pipeline', input.id);
        const expectedVersion = input.expectedVersion ?? null;
        const pipeline = await archivePipeline(context, { ...key, isArchived: false, expectedVersion });
        return { kind: 'UnarchivePipelineSuccess' as const, pipeline };
      }),
  }),
);
