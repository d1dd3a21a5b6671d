import semver from 'semver';
import type { Path } from '../definition/diagnostic.ts';
import { didYouMean } from '../definition/suggest.ts';
import { parsePackageSpec, parseUses, resolveUses } from '../definition/uses.ts';
import type { ContributionKind, KnownPackage } from '../ports/step-catalog.ts';
import { checkInput } from './check-input.ts';
import { CORE_STEPS } from './core-steps.ts';
import { explainKind, withArticle } from './explain-kind.ts';
import type { PipelineCheck } from './pipeline-check.ts';
import { catalogued, type StepType } from './step-types.ts';

const FORMS = 'Write core.noop, http.request, alias.step, @scope/package#step or ./file.ts#Export.';

/** Checks that what a step uses is there. Sub-pipelines have a check of their own. */
export const checkStepUses = (check: PipelineCheck, index: number): void => {
  const step = check.definition.steps[index];
  const type = check.types[index];
  if (step === undefined || type === undefined) return;
  reportUses(check, { written: step.uses, type, path: ['steps', index, 'uses'] });
};

type UsesCheck = { readonly written: string; readonly type: StepType; readonly path: Path };

const reportUses = (check: PipelineCheck, { written, type, path }: UsesCheck): void => {
  const { parsed, uses } = type;
  if (parsed === undefined) {
    reportUnknown(check, { path, message: `'${written}' names no step type.`, hint: FORMS });
  } else if (isRangeInPlace(written)) {
    reportUnknown(check, { path, ...rangeInPlace(written) });
  } else if (parsed.kind === 'module') {
    checkModule(check, parsed, path);
  } else if (parsed.kind !== 'pipeline' && type.contract === undefined && (type.isCore || check.world.catalog)) {
    const misused = explainKind(check.world.catalog, catalogued(uses, check.definition.plugins));
    if (misused !== undefined) {
      reportUnknown(check, {
        path,
        message: `'${written}' is ${misused.kinds} and can not be a step.`,
        hint: misused.hint,
      });
      return;
    }
    const names = [...CORE_STEPS.names(), ...(check.world.catalog?.names() ?? [])];
    const install = parsed.kind === 'package' ? `Install the plugin ${parsed.packageName} first.` : undefined;
    reportUnknown(check, {
      path,
      message: `There is no step type '${written}'.`,
      hint: () => didYouMean(uses, names) ?? install,
    });
  }
};

/** Only aliases name ranges: what a version pins lies under them. */
const isRangeInPlace = (written: string): boolean => {
  const parsed = parseUses(written);
  return parsed?.kind === 'package' && parsed.range !== undefined;
};

const rangeInPlace = (written: string) => ({
  message: `'${written}' names a range of versions where a step is used.`,
  hint: 'Give the package and its range an alias under plugins, and write alias.step.',
});

type Unknown = { readonly path: Path; readonly message: string; readonly hint: string | (() => string | undefined) };

const reportUnknown = ({ diagnostics }: PipelineCheck, unknown: Unknown): void =>
  diagnostics.add({ code: 'IA_PIPELINE_UNKNOWN_USES', ...unknown });

const checkModule = (
  { world, diagnostics }: PipelineCheck,
  module: { readonly path: string; readonly exportName: string },
  path: Path,
): void => {
  const problem = world.modules?.check(module.path, module.exportName);
  if (problem === undefined) return;
  diagnostics.add({ code: 'IA_PIPELINE_MODULE', path, message: problem.message, hint: problem.hint });
};

/** What the interpreter can undo a step with, beside plugins and modules. */
const COMPENSATING: ReadonlySet<string> = new Set(['core.noop', 'core.fail', 'pipeline:']);

/** A use of something that a plugin contributes beside steps. */
export type ContributionUse = {
  readonly kind: ContributionKind | 'compensation';
  readonly uses: string;
  readonly usesPath: Path;
  readonly config: { readonly value: Parameters<typeof checkInput>[1]['value']; readonly path: Path };
};

/** Checks transforms, validators, conditions, hooks, reporters, exporters and compensations: plugins and modules can be these, core steps can't. */
export const checkContribution = (
  check: PipelineCheck,
  { kind, uses: written, usesPath, config }: ContributionUse,
): void => {
  const { definition, world } = check;
  const uses = resolveUses(written, definition.plugins);
  const parsed = parseUses(uses);
  const isUndone = kind === 'compensation' && COMPENSATING.has(uses.startsWith('pipeline:') ? 'pipeline:' : uses);
  if (parsed !== undefined && isUndone) return;
  if (parsed === undefined || parsed.kind === 'core' || parsed.kind === 'pipeline' || uses === 'human.approval') {
    const message =
      parsed === undefined ? `'${written}' names no ${kind}.` : `'${written}' can not be ${withArticle(kind)}.`;
    reportUnknown(check, {
      path: usesPath,
      message,
      hint: 'Write alias.name, @scope/package#name or ./file.ts#Export.',
    });
    return;
  }
  if (parsed.kind === 'module') {
    checkModule(check, parsed, usesPath);
    return;
  }
  if (isRangeInPlace(written)) {
    reportUnknown(check, { path: usesPath, ...rangeInPlace(written) });
    return;
  }
  const { catalog } = world;
  const wanted = catalogued(uses, definition.plugins);
  const find = kind === 'compensation' ? catalog?.find(...wanted) : catalog?.findContribution?.(kind, ...wanted);
  const isKnown = kind === 'compensation' ? catalog !== undefined : catalog?.findContribution !== undefined;
  if (find === undefined) {
    if (!isKnown) return;
    const names = kind === 'compensation' ? catalog?.names() : catalog?.contributionNames?.(kind);
    const misused = explainKind(catalog, wanted);
    const message =
      misused === undefined
        ? `There is no ${kind} '${written}'.`
        : `'${written}' is ${misused.kinds} and can not be ${withArticle(kind)}.`;
    reportUnknown(check, {
      path: usesPath,
      message,
      hint: () => misused?.hint ?? didYouMean(uses, names ?? []),
    });
    return;
  }
  if (find.input) checkInput(check, { ...config, schema: find.input, subject: `The configuration of '${written}'` });
};

/** A name that the interpreter keeps for itself: no package may take its place. */
const RESERVED_ALIASES: ReadonlySet<string> = new Set(['core', 'human', 'pipeline', 'secrets']);
const PACKAGE_NAME = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/;

/** Checks the aliases: that they name packages, in versions that can be had. */
export const checkPlugins = ({ definition, diagnostics, world }: PipelineCheck): void => {
  for (const [alias, spec] of Object.entries(definition.plugins ?? {})) {
    const path: Path = ['plugins', alias];
    const { packageName, range } = parsePackageSpec(spec);
    if (RESERVED_ALIASES.has(alias)) {
      diagnostics.add({
        code: 'IA_PIPELINE_SHAPE',
        path,
        message: `The alias '${alias}' is taken by the built-in steps.`,
      });
    }
    if (!PACKAGE_NAME.test(packageName)) {
      diagnostics.add({
        code: 'IA_PIPELINE_SHAPE',
        path,
        message: `'${spec}' is no package.`,
        hint: 'Write a name and a version range: @community/weather@^1.2.0.',
      });
    } else if (semver.validRange(range) === null) {
      diagnostics.add(unreadableRange(range, path));
    } else {
      const missing = findMissing(world.catalog, packageName, range);
      if (missing !== undefined) diagnostics.add({ code: 'IA_PIPELINE_PLUGIN', path, ...missing });
    }
  }
};

type Missing = { readonly message: string; readonly hint: string | undefined };

const findMissing = (
  catalog: PipelineCheck['world']['catalog'],
  packageName: string,
  range: string,
): Missing | undefined => {
  if (catalog?.plugin === undefined) return undefined;
  const plugin = catalog.plugin(packageName) ?? NOT_KNOWN;
  const { versions, available } = plugin;
  if (versions.some((version) => semver.satisfies(version, range, { includePrerelease: true }))) return undefined;
  const there = versions.length === 0 ? '' : `There is ${versions.slice(-MAX_NAMED).join(', ')}. `;
  if (available !== undefined) {
    const message =
      versions.length === 0
        ? `The plugin ${packageName} is not installed.`
        : `No version of ${packageName} fits ${range}.`;
    return { message, hint: `${there}${marketplaceHas(available, range)}` };
  }
  if (versions.length > 0) return { message: `No version of ${packageName} fits ${range}.`, hint: there.trimEnd() };
  return { message: `The plugin ${packageName} is not installed.`, hint: 'Install it, or name another package.' };
};

const NOT_KNOWN: KnownPackage = { versions: [] };
const MAX_NAMED = 5;

const marketplaceHas = (available: readonly string[], range: string): string => {
  if (available.length === 0) return 'The marketplace has none: name another package.';
  const fitting = available.filter((version) => semver.satisfies(version, range));
  const named = semver.rsort([...(fitting.length === 0 ? available : fitting)]).slice(0, MAX_NAMED);
  return `The marketplace has ${named.join(', ')}: ${fitting.length === 0 ? 'name another range' : 'install one that fits'}.`;
};

export const unreadableRange = (range: string, path: Path) => ({
  code: 'IA_PIPELINE_RANGE' as const,
  path,
  message: `'${range}' is no version range.`,
  hint: 'Write 1.2.0, ^1.2.0, ~1.2, >=1 <3 or *.',
});
