import { contentHash, type Permission } from '@ia-modules/database';
import {
  type Diagnostic,
  type Json,
  listSecretNames,
  type PipelineCatalog,
  type PipelineDefinition,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { diagnoseRules } from '../marketplace/rules/diagnose-rules.ts';
import { readSecretNames } from '../secrets/secret-rows.ts';
import { findUnsupported } from './find-unsupported.ts';
import type { TenantSession } from '../tenant-session.ts';
import type { PinnedPlugin } from './pipeline-rows.ts';
import { type InstalledPlugin, readAvailable, readInstalledPlugins } from './installed-plugins.ts';
import { pinPlugins } from './pin-plugins.ts';
import { createStepCatalog } from './step-catalog.ts';
import { readSubPipelines, type SubPipelineCall, subPipelineCalls } from './sub-pipelines.ts';
import { validateSource } from './validate-source.ts';

export type CheckedDefinition = {
  /** Present when there are no errors. */
  readonly prepared: PreparedDefinition | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Packages that are named, when some of them are not there in a version that fits. */
  readonly missingPackages: readonly string[];
};

/** A definition that is fit to be saved, with its aliases pinned to installed versions. */
export type PreparedDefinition = {
  readonly definition: PipelineDefinition;
  readonly resolvedPlugins: Readonly<Record<string, PinnedPlugin>>;
  readonly contentHash: string;
  /** The secrets that it reads. */
  readonly secretNames: readonly string[];
};

/** What a tenant has that definitions may use. */
export type TenantWorld = {
  readonly installed: readonly InstalledPlugin[];
  /** The names of its secrets. */
  readonly secrets: readonly string[];
  /** Those that the definition runs; without them, what it hands on and gets back is not checked. */
  readonly pipelines?: PipelineCatalog;
  /** The versions of packages that the marketplace has, where they are known. */
  readonly available?: ReadonlyMap<string, readonly string[]>;
};

/** Checks a definition as a tenant would run it. Given as a value or as its source text. */
export const checkDefinition = (source: Json, world: TenantWorld): CheckedDefinition => {
  const { installed, secrets, pipelines, available } = world;
  const catalog = createStepCatalog({ installed, available });
  const named = new Set<string>();
  const plugin = (packageName: string) => {
    named.add(packageName);
    return catalog.plugin?.(packageName);
  };
  const validation = validateSource(source, { catalog: { ...catalog, plugin }, secrets, pipelines });
  const { definition } = validation;
  const isMissing = validation.diagnostics.some(({ code }) => code === 'IA_PIPELINE_PLUGIN');
  const missingPackages = isMissing ? [...named] : [];
  if (definition === undefined) return { prepared: null, diagnostics: validation.diagnostics, missingPackages };
  const unsupported = findUnsupported(definition);
  const diagnostics = [...validation.diagnostics, ...unsupported];
  if (unsupported.length > 0) return { prepared: null, diagnostics, missingPackages };
  const pinned = pinPlugins(definition, installed);
  const hash = contentHash({ definition, pinned });
  const secretNames = listSecretNames(definition);
  const prepared = { definition, resolvedPlugins: pinned, contentHash: hash, secretNames };
  return { prepared, diagnostics, missingPackages };
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

const checkInTenant = async (
  session: TenantSession,
  { tenantId, permission, source }: DefinitionCheck,
): Promise<CheckedDefinition> => {
  const world = await session.read(tenantId, permission, async (client) => ({
    installed: await readInstalledPlugins(client, { tenantId, source }),
    secrets: await readSecretNames(client, tenantId),
  }));
  const checked = checkDefinition(source, world);
  if (checked.missingPackages.length > 0) {
    const available = await session.read(tenantId, permission, (client) =>
      readAvailable(client, checked.missingPackages),
    );
    return checkDefinition(source, { ...world, available });
  }
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

/** Checks a definition with the tenant's plugins, secrets and rules and, where it runs other pipelines, with those. */
export const checkTenantDefinition = async (
  session: TenantSession,
  check: DefinitionCheck,
): Promise<CheckedDefinition> => {
  const checked = await checkInTenant(session, check);
  if (checked.prepared === null) return checked;
  const { tenantId, permission } = check;
  const { definition, resolvedPlugins } = checked.prepared;
  const pinned = Object.values(resolvedPlugins).map(({ name }) => name);
  const keptOut = await session.read(tenantId, permission, (client) =>
    diagnoseRules(client, { tenantId, definition, pinned }),
  );
  if (keptOut.length === 0) return checked;
  return { ...checked, prepared: null, diagnostics: [...checked.diagnostics, ...keptOut] };
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
