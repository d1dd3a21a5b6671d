import { readExports } from '../modules/module-exports.ts';
import { parseModule } from '../modules/parse-module.ts';
import { loadSinglePlugin } from './load-plugin.ts';
import type { PluginCandidate, PluginPlace } from './plugin-candidate.ts';

/** Looks at one module that shall be a plugin, without running it. */
export const readSinglePlugin = ({ name, path, shown }: PluginPlace): PluginCandidate => {
  const parsed = parseModule(path, shown);
  if ('message' in parsed) return { reason: parsed.message.replace(/\.$/, '') };
  const { names, forwarded, isOpen, contributions } = readExports(parsed);
  const exportsPlugin =
    isOpen || ['plugin', 'default'].some((exported) => names.has(exported) || forwarded.has(exported));
  if (!exportsPlugin) {
    return { reason: 'it exports no plugin', hint: 'Export it: export const plugin = definePlugin({ steps: [ … ] }).' };
  }
  return {
    name,
    origin: shown,
    version: undefined,
    contributions: typeof contributions === 'object' ? contributions : undefined,
    dependencies: {},
    code: { runsIn: 'process', load: () => loadSinglePlugin(path, { name, shown }) },
  };
};
