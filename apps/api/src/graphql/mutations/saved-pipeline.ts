import type { SavedPipeline } from '../../pipelines/save-pipeline.ts';
import { builder } from '../builder.ts';
import { DiagnosticRef, PipelineRef } from '../refs.ts';

/** The success of a mutation that saves a version of a pipeline. */
export const savedPipeline = <Kind extends string>(kind: Kind) =>
  builder.objectRef<SavedPipeline & { readonly kind: Kind }>(kind).implement({
    description: 'With `dryRun`, `pipeline` shows what would be saved; it is not stored.',
    fields: (t) => ({
      pipeline: t.field({
        type: PipelineRef,
        description: 'The pipeline with its new version.',
        resolve: (saved) => saved.pipeline,
      }),
      dryRun: t.boolean({ description: 'Whether nothing was saved.', resolve: (saved) => saved.dryRun }),
      diagnostics: t.field({
        type: [DiagnosticRef],
        description: 'Warnings and notes about what was saved.',
        resolve: (saved) => [...saved.diagnostics],
      }),
    }),
  });
