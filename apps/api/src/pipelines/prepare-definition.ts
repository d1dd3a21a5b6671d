import { contentHash } from '@ia-modules/database';
import {
  type Diagnostic,
  type Json,
  parsePackageSpec,
  parseUses,
  type PipelineDefinition,
  resolveUses,
  validatePipeline,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { PoolClient } from 'pg';
import semver from 'semver';
import type { PinnedPlugin } from './pipeline-rows.ts';
import { createStepCatalog, type InstalledPlugin } from './step-catalog.ts';

export type CheckedDefinition = {
  /** Present when there are no errors. */
  readonly prepared: PreparedDefinition | null;
  readonly diagnostics: readonly Diagnostic[];
};

/** A definition that is fit to be saved, with its aliases pinned to installed versions. */
export type PreparedDefinition = {
  readonly definition: PipelineDefinition;
  readonly resolvedPlugins: Readonly<Record<string, PinnedPlugin>>;
  readonly contentHash: string;
};

const READ_INSTALLED = `select v.plugin_name as name, i.version, i.integrity, v.manifest
  from installations i join plugin_versions v on v.plugin_name = i.plugin_name and v.version = i.version
  where i.tenant_id = $1::uuid`;

export const readInstalledPlugins = async (client: PoolClient, tenantId: string): Promise<InstalledPlugin[]> =>
  (await client.query<InstalledPlugin>(READ_INSTALLED, [tenantId])).rows;

const pin = ({ name, version, integrity }: InstalledPlugin): PinnedPlugin => ({ name, version, integrity });

type PluginRequest = {
  readonly key: string;
  readonly packageName: string;
  readonly range: string;
  readonly path: string;
};

/** Every package that a definition names, by an alias or in a step. */
const requestedPlugins = (definition: PipelineDefinition): PluginRequest[] => {
  const requests = Object.entries(definition.plugins ?? {}).map(([alias, spec]) => ({
    key: alias,
    path: `$.plugins.${alias}`,
    packageName: parsePackageSpec(spec).packageName,
    range: parsePackageSpec(spec).range,
  }));
  const aliased = new Set(requests.map((request) => request.packageName));
  for (const [index, step] of definition.steps.entries()) {
    const uses = parseUses(resolveUses(step.uses, definition.plugins));
    if (uses?.kind !== 'package' || aliased.has(uses.packageName)) continue;
    aliased.add(uses.packageName);
    requests.push({ key: uses.packageName, packageName: uses.packageName, range: '*', path: `$.steps[${index}].uses` });
  }
  return requests;
};

const unresolved = (request: PluginRequest, message: string, hint: string): Diagnostic => ({
  code: 'IA_PIPELINE_PLUGIN',
  severity: 'error',
  path: request.path,
  line: null,
  column: null,
  message,
  hint,
});

const resolvePlugins = (
  definition: PipelineDefinition,
  installed: readonly InstalledPlugin[],
): { readonly pinned: Record<string, PinnedPlugin>; readonly diagnostics: Diagnostic[] } => {
  const pinned: Record<string, PinnedPlugin> = {};
  const diagnostics: Diagnostic[] = [];
  for (const request of requestedPlugins(definition)) {
    const { key, packageName, range } = request;
    const plugin = installed.find((candidate) => candidate.name === packageName);
    if (plugin === undefined) {
      const message = `The plugin ${packageName} is not installed in this tenant.`;
      diagnostics.push(unresolved(request, message, 'Install it, then save the pipeline again.'));
    } else if (semver.satisfies(plugin.version, range, { includePrerelease: true })) {
      pinned[key] = pin(plugin);
    } else {
      const message = `The installed ${packageName} is ${plugin.version}, which ${range} does not cover.`;
      diagnostics.push(unresolved(request, message, 'Change the range or install another version.'));
    }
  }
  return { pinned, diagnostics };
};

/** `uses` and `./module` steps need files next to the pipeline: only the command line has these. */
const refuseModules = (definition: PipelineDefinition): Diagnostic[] =>
  definition.steps.flatMap((step, index) =>
    parseUses(step.uses)?.kind === 'module'
      ? [
          {
            code: 'IA_PIPELINE_UNSUPPORTED' as const,
            severity: 'error' as const,
            path: `$.steps[${index}].uses`,
            line: null,
            column: null,
            message: `The platform runs no local modules such as ${step.uses}.`,
            hint: 'Publish the step as a plugin and install it.',
          },
        ]
      : [],
  );

/** Checks a definition as a tenant would run it: with its installed plugins. Given as a value or as its source text. */
export const checkDefinition = (source: Json, installed: readonly InstalledPlugin[]): CheckedDefinition => {
  const validation = validatePipeline(source, { catalog: createStepCatalog(installed) });
  const { definition } = validation;
  if (definition === undefined) return { prepared: null, diagnostics: validation.diagnostics };
  const { pinned, diagnostics } = resolvePlugins(definition, installed);
  const all = [...validation.diagnostics, ...diagnostics, ...refuseModules(definition)];
  if (all.some((diagnostic) => diagnostic.severity === 'error')) return { prepared: null, diagnostics: all };
  const hash = contentHash({ definition, pinned });
  return { prepared: { definition, resolvedPlugins: pinned, contentHash: hash }, diagnostics: all };
};

/** @throws PlatformError IA_PIPELINE_INVALID with the diagnostics. */
export const requirePrepared = ({ prepared, diagnostics }: CheckedDefinition): PreparedDefinition => {
  if (prepared !== null) return prepared;
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  throw new PlatformError({
    code: 'IA_PIPELINE_INVALID',
    message: `The definition has ${errors === 1 ? 'one error' : `${errors} errors`}.`,
    hint: 'The diagnostics say where and what to do.',
    details: { diagnostics },
  });
};
