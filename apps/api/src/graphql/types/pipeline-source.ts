import type { PipelineDefinition } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { requireAccess, requireTenantId } from '../../access.ts';
import {
  DEFINITION_FORMATS,
  formatDefinition,
  type FormattedDefinition,
  printDefinition,
} from '../../pipelines/definition-text.ts';
import { drawPipeline, GRAPH_FORMATS } from '../../pipelines/draw-pipeline.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { DiagnosticRef, PipelineVersionRef } from '../refs.ts';

const [JSON_FORMAT, YAML_FORMAT] = DEFINITION_FORMATS;
const DefinitionFormatEnum = builder.enumType('DefinitionFormat', {
  description: 'How the text of a definition is written.',
  values: {
    JSON: { value: JSON_FORMAT, description: 'JSON, indented by two spaces.' },
    YAML: { value: YAML_FORMAT, description: 'YAML 1.2.' },
  } as const,
});

const [MERMAID, DOT] = GRAPH_FORMATS;
const GraphFormatEnum = builder.enumType('GraphFormat', {
  description: 'In which language a graph is written.',
  values: {
    MERMAID: { value: MERMAID, description: 'A Mermaid flowchart, for Markdown.' },
    DOT: { value: DOT, description: 'For Graphviz.' },
  } as const,
});

builder.objectFields(PipelineVersionRef, (t) => ({
  source: t.string({
    description: 'The definition as text, in its canonical form: keys in the order of the language.',
    args: { format: t.arg({ type: DefinitionFormatEnum, defaultValue: 'json', description: 'In which format.' }) },
    resolve: ({ definition }, { format }) => printDefinition(definition, format ?? 'json'),
  }),
  graph: t.string({
    description: 'Its steps and transitions as the text of a diagram.',
    args: { format: t.arg({ type: GraphFormatEnum, defaultValue: 'mermaid', description: 'In which language.' }) },
    resolve: ({ definition }, { format }) =>
      drawPipeline(definition as unknown as PipelineDefinition, format ?? 'mermaid'),
  }),
}));

const FormattedPipelineRef = builder.objectRef<FormattedDefinition>('FormattedPipeline').implement({
  description: "A definition's text in its canonical form.",
  fields: (t) => ({
    text: t.exposeString('text', {
      nullable: true,
      description: 'The formatted text; null when the source can’t be read.',
    }),
    isChanged: t.exposeBoolean('isChanged', { description: 'Whether the text differs from the source.' }),
    isUpgradable: t.exposeBoolean('isUpgradable', {
      description: 'Whether the source is written in an older dialect that `upgrade` would rewrite.',
    }),
    diagnostics: t.field({
      type: [DiagnosticRef],
      description: 'What is wrong with the syntax; with `upgrade`, each rewrite and what could not be rewritten.',
      resolve: ({ diagnostics }) => [...diagnostics],
    }),
  }),
});

builder.queryField('formatPipeline', (t) =>
  t.field({
    type: FormattedPipelineRef,
    description: example(
      'Writes a definition in its canonical form, as `ia-modules format` does: keys in the order of the language, two spaces. Checks nothing but the syntax; `validatePipeline` checks the rest.',
      `
{
  formatPipeline(tenantId: "<tenant>", source: "{name: hello, steps: [{uses: core.noop, id: greet}]}", format: YAML) {
    text
    isChanged
    diagnostics { line column message }
  }
}`,
    ),
    complexity: { field: 10, multiplier: 1 },
    args: {
      tenantId: t.arg.id({ required: true }),
      source: t.arg.string({
        description: 'The text: JSON, JSON with comments, or YAML. Pass either this or `definition`.',
      }),
      definition: t.arg({ type: 'JSON', description: 'The definition as a value.' }),
      format: t.arg({ type: DefinitionFormatEnum, description: 'In which format. Default: as it came.' }),
      upgrade: t.arg.boolean({ description: "Rewrite the Python original's dialect. Default: false." }),
    },
    resolve: (_root, { tenantId, source, definition, format, upgrade }, { viewer }) => {
      requireAccess(viewer.principal, requireTenantId(viewer.principal, tenantId), 'pipeline.read');
      const text = source ?? (definition === null || definition === undefined ? null : JSON.stringify(definition));
      if (text === null) {
        throw new PlatformError({ code: 'IA_API_INVALID', message: 'Pass either `source` or `definition`.' });
      }
      return formatDefinition({ source: text, format: format ?? null, isUpgrading: upgrade === true });
    },
  }),
);
