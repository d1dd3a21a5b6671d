import {
  type Diagnostic,
  type Json,
  listSecretNames,
  parsePackageSpec,
  parseUses,
  type PipelineDefinition,
} from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';
import { isInRange } from '../plugins/version-ranges.ts';
import { listUses } from './definition-uses.ts';
import type { InstalledPlugin } from './installed-plugins.ts';
import { PIPELINE_COLUMNS, PIPELINE_TABLES, type PinnedPlugin, type PipelineRow } from './pipeline-rows.ts';
import { checkDefinition } from './prepare-definition.ts';

/** A pipeline whose newest revision pins another version of a plugin, with that revision. */
export type PinningPipeline = PipelineRow & {
  readonly definition: Json;
  readonly resolvedPlugins: Readonly<Record<string, PinnedPlugin>>;
};

/** A version of a plugin that pipelines may come to use. */
export type PluginTarget = { readonly name: string; readonly version: string };

/** What another version of a plugin would mean for a pipeline. */
export type AffectedPipeline = {
  readonly pipeline: PinningPipeline;
  readonly pinnedVersions: readonly string[];
  /** Steps and other places that use it, as paths in the definition; none where another plugin calls it. */
  readonly places: readonly string[];
  readonly stepIds: readonly string[];
  /** Aliases whose ranges leave the version out: the author decides. */
  readonly heldBy: readonly string[];
  /** What is found with the version in the place of the pinned one, errors and warnings. */
  readonly diagnostics: readonly Diagnostic[];
  readonly isValid: boolean;
};

const KEYSET: Keyset = {
  columns: [
    { column: 'p.name', type: 'text' },
    { column: 'p.id', type: 'uuid' },
  ],
  order: 'asc',
};

type PinningQuery = {
  readonly tenantId: string;
  readonly target: PluginTarget;
  /** Only these; null: all. */
  readonly ids: readonly string[] | null;
  readonly page: Page;
};

/** Pipelines whose newest revision pins a version of the plugin that is not the target. */
export const listPinningPipelines = async (client: PoolClient, query: PinningQuery): Promise<PinningPipeline[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(query.tenantId, 'uuid');
  const name = parameters.add(query.target.name, 'text');
  const version = parameters.add(query.target.version, 'text');
  const ids = parameters.add(query.ids, 'uuid[]');
  const keyset = keysetSql(KEYSET, query.page, parameters);
  const sql = `select ${PIPELINE_COLUMNS}, v.definition, v.resolved_plugins as "resolvedPlugins" from ${PIPELINE_TABLES}
    where p.tenant_id = ${tenant} and p.archived_at is null and (${ids} is null or p.id = any(${ids})) and exists (
      select from jsonb_each(v.resolved_plugins) as pinned
      where pinned.value ->> 'name' = ${name} and pinned.value ->> 'version' <> ${version})
      and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<PinningPipeline>(sql, parameters.values)).rows;
};

/** What a tenant has, with a version installed that becomes the default one of its plugin. */
export const withVersion = (installed: readonly InstalledPlugin[], next: InstalledPlugin): InstalledPlugin[] => [
  ...installed
    .filter(({ name, version }) => name !== next.name || version !== next.version)
    .map((plugin) => (plugin.name === next.name ? { ...plugin, isDefault: false } : plugin)),
  { ...next, isDefault: true },
];

/** Aliases of the package whose ranges leave the version out. */
export const heldAliases = (definition: PipelineDefinition, { name, version }: PluginTarget): readonly string[] =>
  Object.entries(definition.plugins ?? {}).flatMap(([alias, spec]) => {
    const { packageName, range } = parsePackageSpec(spec);
    const isHeld = packageName === name && !isInRange(version, range);
    return isHeld ? alias : [];
  });

/** Checks a pipeline as if the version was the default one, and in the place of those that its aliases hold. */
export const checkAffected = (
  pipeline: PinningPipeline,
  target: PluginTarget,
  installed: readonly InstalledPlugin[],
): AffectedPipeline => {
  const definition = pipeline.definition as unknown as PipelineDefinition;
  const heldBy = heldAliases(definition, target);
  const moved = Object.fromEntries(heldBy.map((alias) => [alias, `${target.name}@${target.version}`]));
  const tried = heldBy.length === 0 ? definition : { ...definition, plugins: { ...definition.plugins, ...moved } };
  // Which secrets there are is another matter, and not everybody's to know.
  const world = { installed, secrets: listSecretNames(definition) };
  const { prepared, diagnostics } = checkDefinition(tried as unknown as Json, world);
  const places = listUses(definition).filter(({ uses }) => isOf(uses, target.name));
  const pins = Object.values(pipeline.resolvedPlugins).filter(({ name }) => name === target.name);
  return {
    pipeline,
    pinnedVersions: [...new Set(pins.map(({ version }) => version))],
    places: places.map(({ path }) => path),
    stepIds: [...new Set(places.flatMap(({ path }) => stepAt(definition, path) ?? []))],
    heldBy,
    diagnostics,
    isValid: prepared !== null,
  };
};

const isOf = (uses: string, packageName: string): boolean => {
  const parsed = parseUses(uses);
  return parsed?.kind === 'package' && parsed.packageName === packageName;
};

const STEP_PATH = /^\$\.steps\[(\d+)\]/;

const stepAt = ({ steps }: PipelineDefinition, path: string): string | undefined => {
  const index = STEP_PATH.exec(path)?.[1];
  return index === undefined ? undefined : steps[Number(index)]?.id;
};
