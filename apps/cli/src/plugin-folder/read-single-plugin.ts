import type { StepContract } from '@ia-modules/engine';
import { readExports } from '../modules/module-exports.ts';
import { parseModule } from '../modules/parse-module.ts';
import { loadPlugin } from './load-plugin.ts';
import type { PluginCandidate, PluginPlace } from './plugin-candidate.ts';

/** Looks at one module that shall be a plugin, without running it. */
export const readSinglePlugin = ({ name, path, shown }: PluginPlace): PluginCandidate => {
  const parsed = parseModule(path, shown);
  if ('message' in parsed) return { reason: parsed.message.replace(/\.$/, '') };
  const { names, forwarded, isOpen, pluginSteps } = readExports(parsed);
  const exportsPlugin =
    isOpen || ['plugin', 'default'].some((exported) => names.has(exported) || forwarded.has(exported));
  if (!exportsPlugin) {
    return { reason: 'it exports no plugin', hint: 'Export it: export const plugin = definePlugin({ steps: [ … ] }).' };
  }
  const contracts =
    typeof pluginSteps === 'object'
      ? new Map(pluginSteps.map((step): [string, StepContract] => [step, {}]))
      : undefined;
  return { name, origin: shown, contracts, load: () => loadPlugin(path, shown) };
};
