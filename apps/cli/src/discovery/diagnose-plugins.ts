import type { Diagnostic } from '@ia-modules/engine';
import type { SourceDocument } from '../source-document.ts';
import type { RefusedPlugin } from './scan-plugin-folders.ts';

/** Plugins that were named and can't be used are errors; what else lies in the folder and is none is a warning. */
export const diagnosePlugins = (refused: readonly RefusedPlugin[], source: SourceDocument): readonly Diagnostic[] =>
  refused.map(({ name, reason, hint, index, isFolder }) => {
    const path = index === undefined ? ['plugin_config', 'plugins_dir'] : ['plugin_config', 'enabled_plugins', index];
    const position = source.locate(path) ?? source.locate(['plugin_config']);
    return {
      code: 'IA_PIPELINE_PLUGIN',
      severity: index === undefined && isFolder !== true ? 'warning' : 'error',
      path: index === undefined ? '$.plugin_config.plugins_dir' : `$.plugin_config.enabled_plugins[${index}]`,
      line: position?.line ?? null,
      column: position?.column ?? null,
      message:
        isFolder === true
          ? `The plugins folder ${name} can not be used: ${reason}.`
          : `'${name}' is no plugin that can be used: ${reason}.`,
      hint: hint ?? null,
    };
  });
