export {
  type DependencyProblem,
  type PluginCandidate,
  type ResolvedPlugins,
  resolvePlugins,
  type ResolveRequest,
  type WantedPlugin,
} from './dependencies/resolve-plugins.ts';
