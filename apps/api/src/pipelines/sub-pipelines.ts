import { parseUses, type PipelineCatalog, type PipelineDefinition } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import semver from 'semver';
import { listUses } from './definition-uses.ts';

/** A pipeline that a step runs: by name, in a semver range. */
export type SubPipelineCall = { readonly name: string; readonly range: string; readonly path: string };

/** More than these are not looked at: what lies behind them, the run finds out. */
const MAX_PIPELINES = 200;

/** The pipelines that a definition's steps run, also to undo what they did. */
export const subPipelineCalls = (definition: PipelineDefinition): SubPipelineCall[] =>
  listUses(definition).flatMap(({ uses, path }) => {
    const parsed = parseUses(uses);
    return parsed?.kind === 'pipeline' ? [{ name: parsed.name, range: parsed.range, path }] : [];
  });

type Call = Pick<SubPipelineCall, 'name' | 'range'>;
type VersionRow = { readonly name: string; readonly version: string; readonly id: string };

const READ_VERSIONS = `select p.name, v.version, v.id from pipelines p
  join pipeline_versions v on v.tenant_id = p.tenant_id and v.pipeline_id = p.id
  where p.tenant_id = $1::uuid and p.archived_at is null and p.name = any($2::text[])`;
const READ_DEFINITIONS = 'select id, definition from pipeline_versions where id = any($1::uuid[])';

const keyOf = ({ name, range }: Call): string => `${name}@${range}`;

const newestOf = (versions: readonly VersionRow[], { name, range }: Call): VersionRow | undefined => {
  const own = versions.filter((version) => version.name === name);
  const newest = semver.maxSatisfying(
    own.map(({ version }) => version),
    range,
  );
  return own.find(({ version }) => version === newest);
};

/** Finds the newest saved version of each call, one level of calls with two statements. */
const readLevel = async (
  client: PoolClient,
  tenantId: string,
  calls: readonly Call[],
): Promise<ReadonlyMap<string, PipelineDefinition>> => {
  const names = [...new Set(calls.map(({ name }) => name))];
  const versions = (await client.query<VersionRow>(READ_VERSIONS, [tenantId, names])).rows;
  const chosen = calls.map((call) => ({ key: keyOf(call), version: newestOf(versions, call) }));
  const ids = chosen.flatMap(({ version }) => version?.id ?? []);
  const { rows } = await client.query<{ id: string; definition: PipelineDefinition }>(READ_DEFINITIONS, [ids]);
  const definitions = new Map(rows.map(({ id, definition }) => [id, definition]));
  return new Map(
    chosen.flatMap(({ key, version }) => {
      const definition = version && definitions.get(version.id);
      return definition === undefined ? [] : [[key, definition] as const];
    }),
  );
};

/** The tenant's pipelines that a definition runs, and those which they run. */
export const readSubPipelines = async (
  client: PoolClient,
  { tenantId, definition }: Readonly<{ tenantId: string; definition: PipelineDefinition }>,
): Promise<PipelineCatalog> => {
  const found = new Map<string, PipelineDefinition>();
  const seen = new Set<string>();
  let calls: readonly Call[] = subPipelineCalls(definition);
  while (calls.length > 0 && seen.size < MAX_PIPELINES) {
    for (const call of calls) seen.add(keyOf(call));
    const level = await readLevel(client, tenantId, calls);
    for (const [key, child] of level) found.set(key, child);
    const next = new Map([...level.values()].flatMap(subPipelineCalls).map((call) => [keyOf(call), call] as const));
    calls = [...next.values()].filter((call) => !seen.has(keyOf(call)));
  }
  return {
    find: (name, range) => found.get(keyOf({ name, range })),
    names: () => new Set([...found.values()].map(({ name }) => name)),
  };
};
