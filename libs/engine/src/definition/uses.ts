import type { PipelineDefinition } from './schema.ts';

/** What a step's `uses` names. */
export type Uses =
  | { readonly kind: 'core'; readonly name: string }
  /** A step of the platform's own plugins: `http.request`. */
  | { readonly kind: 'builtin'; readonly plugin: string; readonly step: string }
  /** A step of an installed package: `@community/weather#forecast`. */
  | { readonly kind: 'package'; readonly packageName: string; readonly step: string }
  /** A local module: `./steps/score.ts#ScoreStep`. */
  | { readonly kind: 'module'; readonly path: string; readonly exportName: string }
  | { readonly kind: 'pipeline'; readonly name: string; readonly range: string };

const PACKAGE = /^((?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*)#([A-Za-z_][A-Za-z0-9_.-]*)$/;
const MODULE = /^(\.{1,2}\/[^#]+)#([A-Za-z_$][A-Za-z0-9_$]*)$/;
const DOTTED = /^([a-z_][a-z0-9_-]*)\.([A-Za-z_][A-Za-z0-9_.-]*)$/;
const PIPELINE = /^pipeline:([^@\s]+)(?:@(.+))?$/;

/** Reads a canonical `uses` (aliases resolved); undefined when it has none of the known forms. */
export const parseUses = (uses: string): Uses | undefined => {
  const pipeline = PIPELINE.exec(uses);
  if (pipeline) return { kind: 'pipeline', name: pipeline[1] ?? '', range: pipeline[2] ?? '*' };
  const module = MODULE.exec(uses);
  if (module) return { kind: 'module', path: module[1] ?? '', exportName: module[2] ?? '' };
  const pkg = PACKAGE.exec(uses);
  if (pkg) return { kind: 'package', packageName: pkg[1] ?? '', step: pkg[2] ?? '' };
  const dotted = DOTTED.exec(uses);
  if (!dotted) return undefined;
  const [, plugin = '', step = ''] = dotted;
  return plugin === 'core' ? { kind: 'core', name: step } : { kind: 'builtin', plugin, step };
};

/** `@community/weather@^1.2.0` as its name and range; the range is `*` when it is left out. */
export const parsePackageSpec = (spec: string): { readonly packageName: string; readonly range: string } => {
  const at = spec.indexOf('@', 1);
  return at === -1 ? { packageName: spec, range: '*' } : { packageName: spec.slice(0, at), range: spec.slice(at + 1) };
};

/** Replaces a plugin's alias by its package: `weather.forecast` becomes `@community/weather#forecast`. */
export const resolveUses = (uses: string, plugins: PipelineDefinition['plugins']): string => {
  const dot = uses.indexOf('.');
  const spec =
    dot > 0 && plugins && Object.hasOwn(plugins, uses.slice(0, dot)) ? plugins[uses.slice(0, dot)] : undefined;
  return spec === undefined ? uses : `${parsePackageSpec(spec).packageName}#${uses.slice(dot + 1)}`;
};
