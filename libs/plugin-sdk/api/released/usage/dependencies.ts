import { type PluginCandidate, resolvePlugins } from '@ia-modules/plugin-sdk/dependencies';

const offered: readonly PluginCandidate[] = [{ name: '@a/x', version: '1.0.0', dependencies: { '@b/y': '^1' } }];
const resolved = resolvePlugins({
  wanted: [{ name: '@a/x', range: '^1.0.0' }],
  candidates: (name) => offered.filter((candidate) => candidate.name === name),
});

export const told: readonly string[] = resolved.ok
  ? resolved.order.map(({ name, version, dependencies }) => `${name}@${version} ${Object.keys(dependencies).length}`)
  : resolved.problems.map(({ kind, message, hint, path }) => `${kind} ${message} ${hint} ${path.join()}`);
