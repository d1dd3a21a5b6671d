import { PlatformError } from '@ia-modules/plugin-sdk';
import { requireTenantId } from '../../access.ts';
import { type CheckedDefinition, checkTenantDefinition } from '../../pipelines/prepare-definition.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { DiagnosticRef } from '../refs.ts';

const PipelineValidation = builder.objectRef<CheckedDefinition>('PipelineValidation').implement({
  description: 'What came of checking a definition.',
  fields: (t) => ({
    valid: t.boolean({
      description: 'Whether it could be saved: nothing that was found is an error.',
      resolve: ({ prepared }) => prepared !== null,
    }),
    diagnostics: t.field({
      description: 'Everything that was found, in the order of the source.',
      type: [DiagnosticRef],
      resolve: ({ diagnostics }) => [...diagnostics],
    }),
  }),
});

builder.queryField('validatePipeline', (t) =>
  t.field({
    type: PipelineValidation,
    nullable: true,
    description: example(
      'Checks a definition as createPipeline would, without saving it. Pass either `definition` or `source`.',
      `
{
  validatePipeline(tenantId: "<tenant>", definition: {name: "hello", steps: [{id: "greet", uses: "core.nope"}]}) {
    valid
    diagnostics { severity path message hint }
  }
}`,
    ),
    args: {
      tenantId: t.arg.id({ required: true }),
      definition: t.arg({ type: 'JSON', description: 'The definition as a value.' }),
      source: t.arg.string({ description: 'The text of the definition; then diagnostics have lines and columns.' }),
    },
    resolve: async (_root, args, { viewer, session }) => {
      const tenantId = requireTenantId(viewer.principal, args.tenantId);
      const source = args.source ?? args.definition ?? null;
      if (source === null) {
        throw new PlatformError({ code: 'IA_API_INVALID', message: 'Pass either `definition` or `source`.' });
      }
      return checkTenantDefinition(session, { tenantId, permission: 'pipeline.read', source });
    },
  }),
);
