import { type Diagnostic, parseUses, type PipelineDefinition } from '@ia-modules/engine';
import { listUses, type UsesPlace } from './definition-uses.ts';

type Refusal = { readonly path: string; readonly message: string; readonly hint: string };

const unsupported = (refusal: Refusal): Diagnostic => ({
  code: 'IA_PIPELINE_UNSUPPORTED',
  severity: 'error',
  line: null,
  column: null,
  ...refusal,
});

const refuseUses = ({ written, uses, path }: UsesPlace): Refusal | undefined => {
  if (uses === 'human.approval') {
    const message = 'The platform asks nobody for approvals.';
    return { path, message, hint: 'Run the pipeline on the command line, or decide in a step of a plugin.' };
  }
  switch (parseUses(uses)?.kind) {
    case 'module': {
      const message = `The platform runs no local modules such as ${written}.`;
      return { path, message, hint: 'Publish the step as a plugin and install it.' };
    }
    case 'pipeline': {
      const message = `The platform runs no sub-pipelines such as ${written}.`;
      return { path, message, hint: 'Copy its steps into this pipeline, or run it on the command line.' };
    }
    default:
      return undefined;
  }
};

const refuseSignals = ({ steps }: PipelineDefinition): Refusal[] =>
  steps.flatMap((step, index) =>
    step.uses === 'core.wait' && step.with?.['signal'] !== undefined
      ? {
          path: `$.steps[${index}].with.signal`,
          message: 'The platform sends no signals to runs.',
          hint: 'Wait for a duration or until a time, or run the pipeline on the command line.',
        }
      : [],
  );

const refuseLocalPlugins = ({ plugin_config: config }: PipelineDefinition): Refusal[] =>
  config === undefined
    ? []
    : [
        {
          path: '$.plugin_config',
          message: 'The platform has no folder of local plugins.',
          hint: 'Publish the plugins, install them, and name them in plugins.',
        },
      ];

/** What the language allows and only the command line can run. */
export const findUnsupported = (definition: PipelineDefinition): Diagnostic[] =>
  [
    ...listUses(definition).flatMap((place) => refuseUses(place) ?? []),
    ...refuseSignals(definition),
    ...refuseLocalPlugins(definition),
  ].map(unsupported);
