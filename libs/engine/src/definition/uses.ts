import type { PipelineDefinition } from './schema.ts';

/** What a step's `uses` names. */
export type Uses =
  | { readonly kind: 'core'; readonly name: string }
  /** A step of the platform's own plugins: `http.request`. */
  | { readonly kind: 'builtin'; readonly plugin: string; readonly step: string }
  /** A step of an installed package: `@community/weather#forecast`, or `@community/weather@^1#forecast` of one of several versions. */
  | { readonly kind: 'package'; readonly packageName: string; readonly range?: string; readonly step: string }
  /** A local module: `./steps/score.ts#ScoreStep`. */
  | { readonly kind: 'module'; readonly path: string; readonly exportName: string }
  | { readonly kind: 'pipeline'; readonly name: string; readonly range: string };

const PACKAGE = /^((?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*)(?:@([^#]+))?#([A-Za-z_][A-Za-z0-9_.-]*)$/;
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
  if (pkg) {
    const [, packageName = '', range, step = ''] = pkg;
    return { kind: 'package', packageName, ...(range === undefined ? {} : { range }), step };
  }
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

type Aliases = PipelineDefinition['plugins'];

const rangesOfAliases = new WeakMap<NonNullable<Aliases>, ReadonlyMap<string, ReadonlySet<string>>>();

/** The ranges that aliases name of each package; found once for each definition. */
const packageRanges = (plugins: NonNullable<Aliases>): ReadonlyMap<string, ReadonlySet<string>> => {
  const known = rangesOfAliases.get(plugins);
  if (known !== undefined) return known;
  const ranges = new Map<string, Set<string>>();
  for (const { packageName, range } of Object.values(plugins).map(parsePackageSpec)) {
    ranges.set(packageName, (ranges.get(packageName) ?? new Set()).add(range));
  }
  rangesOfAliases.set(plugins, ranges);
  return ranges;
};

/**
 * Replaces a plugin's alias by its package: `weather.forecast` becomes `@community/weather#forecast`. The range stands in it only
 * where aliases name several ranges of one package, and so mean several versions of it.
 */
export const resolveUses = (uses: string, plugins: Aliases): string => {
  const dot = uses.indexOf('.');
  const spec =
    dot > 0 && plugins && Object.hasOwn(plugins, uses.slice(0, dot)) ? plugins[uses.slice(0, dot)] : undefined;
  if (plugins === undefined || spec === undefined) return uses;
  const { packageName, range } = parsePackageSpec(spec);
  const isOneOfSeveral = range !== '*' && (packageRanges(plugins).get(packageName)?.size ?? 0) > 1;
  return `${packageName}${isOneOfSeveral ? `@${range}` : ''}#${uses.slice(dot + 1)}`;
};

/** The range that a definition sets on a package that it names without one: that of its alias when there is only one; else `*`. */
export const rangeOfPackage = (packageName: string, plugins: Aliases): string => {
  const [range = '*', ...others] = (plugins && packageRanges(plugins).get(packageName)) ?? [];
  return others.length === 0 ? range : '*';
};
