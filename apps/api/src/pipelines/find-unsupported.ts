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

const refuseUses = ({ written, uses, path }: UsesPlace): Refusal | undefined =>
  parseUses(uses)?.kind === 'module'
    ? {
        path,
        message: `The platform runs no local modules such as ${written}.`,
        hint: 'Publish the step as a plugin and install it.',
      }
    : undefined;

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
  [...listUses(definition).flatMap((place) => refuseUses(place) ?? []), ...refuseLocalPlugins(definition)].map(
    unsupported,
  );
