import { contentHash, type Permission } from '@ia-modules/database';
import {
  type Diagnostic,
  type Json,
  listSecretNames,
  parsePackageSpec,
  parseUses,
  type PipelineCatalog,
  type PipelineDefinition,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { PoolClient } from 'pg';
import { storedManifest } from '../plugins/stored-manifest.ts';
import { readSecretNames } from '../secrets/secret-rows.ts';
import { listUses } from './definition-uses.ts';
import { findUnsupported } from './find-unsupported.ts';
import type { TenantSession } from '../tenant-session.ts';
import type { PinnedPlugin } from './pipeline-rows.ts';
import { createStepCatalog, type InstalledPlugin } from './step-catalog.ts';
import { readSubPipelines, type SubPipelineCall, subPipelineCalls } from './sub-pipelines.ts';
import { validateSource } from './validate-source.ts';

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
  /** The secrets that it reads. */
  readonly secretNames: readonly string[];
};

const READ_INSTALLED = `select v.plugin_name as name, i.version, i.integrity, v.manifest
  from installations i join plugin_versions v on v.plugin_name = i.plugin_name and v.version = i.version
  where i.tenant_id = $1::uuid`;

export const readInstalledPlugins = async (client: PoolClient, tenantId: string): Promise<InstalledPlugin[]> =>
  (await client.query<InstalledPlugin>(READ_INSTALLED, [tenantId])).rows;

const pin = ({ name, version, integrity }: InstalledPlugin): PinnedPlugin => ({ name, version, integrity });

/** Pins every package that a definition names, under its alias or else under its name. */
const pinPlugins = (
  definition: PipelineDefinition,
  installed: readonly InstalledPlugin[],
): Readonly<Record<string, PinnedPlugin>> => {
  const packages = Object.entries(definition.plugins ?? {}).map(
    ([alias, spec]) => [alias, parsePackageSpec(spec).packageName] as const,
  );
  const aliased = new Set(packages.map(([, packageName]) => packageName));
  const named = listUses(definition).flatMap(({ uses }) => {
    const parsed = parseUses(uses);
    return parsed?.kind === 'package' && !aliased.has(parsed.packageName) ? parsed.packageName : [];
  });
  const keyed = [...packages, ...[...new Set(named)].map((packageName) => [packageName, packageName] as const)];
  const needed = dependenciesOf(
    keyed.map(([, packageName]) => packageName),
    installed,
  );
  return Object.fromEntries(
    [...keyed, ...needed.map((packageName) => [packageName, packageName] as const)].flatMap(([key, packageName]) => {
      const plugin = installed.find(({ name }) => name === packageName);
      return plugin === undefined ? [] : [[key, pin(plugin)] as const];
    }),
  );
};

/** What plugins call in turn, at whatever distance, beside themselves. */
const dependenciesOf = (packageNames: readonly string[], installed: readonly InstalledPlugin[]): readonly string[] => {
  const reached = new Set(packageNames);
  for (const packageName of reached) {
    const plugin = installed.find(({ name }) => name === packageName);
    if (plugin === undefined) continue;
    for (const dependency of Object.keys(storedManifest(plugin.manifest).dependencies)) reached.add(dependency);
  }
  return [...reached].filter((packageName) => !packageNames.includes(packageName));
};

/** What a tenant has that definitions may use. */
export type TenantWorld = {
  readonly installed: readonly InstalledPlugin[];
  /** The names of its secrets. */
  readonly secrets: readonly string[];
  /** Those that the definition runs; without them, what it hands on and gets back is not checked. */
  readonly pipelines?: PipelineCatalog;
};

/** Checks a definition as a tenant would run it. Given as a value or as its source text. */
export const checkDefinition = (source: Json, { installed, secrets, pipelines }: TenantWorld): CheckedDefinition => {
  const validation = validateSource(source, { catalog: createStepCatalog(installed), secrets, pipelines });
  const { definition } = validation;
  if (definition === undefined) return { prepared: null, diagnostics: validation.diagnostics };
  const unsupported = findUnsupported(definition);
  const diagnostics = [...validation.diagnostics, ...unsupported];
  if (unsupported.length > 0) return { prepared: null, diagnostics };
  const pinned = pinPlugins(definition, installed);
  const hash = contentHash({ definition, pinned });
  const secretNames = listSecretNames(definition);
  return { prepared: { definition, resolvedPlugins: pinned, contentHash: hash, secretNames }, diagnostics };
};

/** Pipelines are saved one after the other: one that is not there yet is no error before it is run. */
const missingPipeline = ({ name, range, path }: SubPipelineCall): Diagnostic => ({
  code: 'IA_PIPELINE_UNKNOWN_PIPELINE',
  severity: 'warning',
  path,
  line: null,
  column: null,
  message: `The tenant has no pipeline '${name}'${range === '*' ? '' : ` in a version that fits ${range}`} yet.`,
  hint: 'Save it before a run comes to this step.',
});

export type DefinitionCheck = {
  readonly tenantId: string;
  readonly permission: Permission;
  readonly source: Json;
};

/** Checks a definition with the tenant's plugins and secrets and, where it runs other pipelines, with those. */
export const checkTenantDefinition = async (
  session: TenantSession,
  { tenantId, permission, source }: DefinitionCheck,
): Promise<CheckedDefinition> => {
  const world = await session.read(tenantId, permission, async (client) => ({
    installed: await readInstalledPlugins(client, tenantId),
    secrets: await readSecretNames(client, tenantId),
  }));
  const checked = checkDefinition(source, world);
  const definition = checked.prepared?.definition;
  if (definition === undefined) return checked;
  const calls = subPipelineCalls(definition).filter(({ name }) => name !== definition.name);
  if (calls.length === 0) return checked;
  const pipelines = await session.read(tenantId, permission, (client) =>
    readSubPipelines(client, { tenantId, definition }),
  );
  const missing = calls.filter(({ name, range }) => pipelines.find(name, range) === undefined);
  if (missing.length === 0) return checkDefinition(source, { ...world, pipelines });
  return { ...checked, diagnostics: [...checked.diagnostics, ...missing.map(missingPipeline)] };
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
