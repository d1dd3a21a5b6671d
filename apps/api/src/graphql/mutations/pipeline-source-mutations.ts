import { PlatformError } from '@ia-modules/plugin-sdk';
import { requireTenantId, requireTenantNodeId } from '../../access.ts';
import { importPipeline } from '../../pipelines/import-pipeline.ts';
import { rollbackPipeline } from '../../pipelines/rollback-pipeline.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { savedPipeline } from './saved-pipeline.ts';

const RollbackPipelineInput = builder.inputType('RollbackPipelineInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    revision: t.int({ required: true, description: 'The revision whose definition is saved again.' }),
    version: t.string({
      description:
        'The semantic version of what is saved. Default: the patch behind the latest version, where the definition names a version.',
    }),
    expectedVersion: t.int({ required: true, description: 'The revision that the change is based on.' }),
    dryRun: t.boolean({ description: 'Check and show the result without saving it. Default: false.' }),
  }),
});

builder.mutationField('rollbackPipeline', (t) =>
  t.field({
    type: resultUnion('RollbackPipelineResult', savedPipeline('RollbackPipelineSuccess')),
    description: example(
      'Saves the definition of an old revision as the next one, with the plugins that are installed now. Nothing that was saved since is lost.',
      `
mutation {
  rollbackPipeline(input: {id: "<pipeline>", revision: 1, expectedVersion: 2}) {
    __typename
    ... on RollbackPipelineSuccess { pipeline { revision } diagnostics { message } }
  }
}`,
    ),
    args: { input: t.arg({ type: RollbackPipelineInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const { id, revision, version, expectedVersion, dryRun } = input;
        const saved = await rollbackPipeline(context, {
          ...requireTenantNodeId(context.viewer.principal, 'Pipeline', id),
          revision,
          version: version ?? null,
          expectedVersion,
          dryRun: dryRun === true,
        });
        return { kind: 'RollbackPipelineSuccess' as const, ...saved };
      }),
  }),
);

const ImportPipelineInput = builder.inputType('ImportPipelineInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    source: t.string({ description: 'The text: JSON or YAML. Pass either this or `definition`.' }),
    definition: t.field({ type: 'JSON', description: 'The definition as a value.' }),
    pipelineId: t.id({ description: 'Save it as the next revision of this pipeline. Default: a new pipeline.' }),
    expectedVersion: t.int({ description: 'With `pipelineId`: the revision that the change is based on.' }),
    dryRun: t.boolean({ description: 'Read, check and show it without saving it. Default: false.' }),
  }),
});

builder.mutationField('importPipeline', (t) =>
  t.field({
    type: resultUnion('ImportPipelineResult', savedPipeline('ImportPipelineSuccess')),
    description: example(
      "Reads a definition that was written elsewhere: JSON or YAML, in the language's own form or in that of the Python original. It is saved in the language's own form; the diagnostics name each rewrite and what could not be rewritten.",
      `
mutation {
  importPipeline(input: {tenantId: "<tenant>", dryRun: true, source: """
    name: hello
    steps:
      - id: greet
        uses: core.noop
        with: { text: Hello }
  """}) {
    __typename
    ... on ImportPipelineSuccess { pipeline { definition } diagnostics { code path message } }
  }
}`,
    ),
    args: { input: t.arg({ type: ImportPipelineInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const { principal } = context.viewer;
        const source = input.source ?? input.definition ?? null;
        if (source === null || (input.source && input.definition)) {
          throw new PlatformError({ code: 'IA_API_INVALID', message: 'Pass either `source` or `definition`.' });
        }
        const into = input.pipelineId ? requireTenantNodeId(principal, 'Pipeline', input.pipelineId) : null;
        const saved = await importPipeline(context, {
          tenantId: requireTenantId(principal, input.tenantId),
          source,
          into: into && { ...into, expectedVersion: input.expectedVersion ?? null },
          dryRun: input.dryRun === true,
        });
        return { kind: 'ImportPipelineSuccess' as const, ...saved };
      }),
  }),
);
