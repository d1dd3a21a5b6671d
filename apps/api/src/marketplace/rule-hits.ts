import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import type { Prisma } from '@ia-modules/database';
import type { PipelineDefinition } from '@ia-modules/engine';
import { usedPackages } from './used-packages.ts';

/** A pipeline that would fail. */
export type PipelineShutOut = {
  readonly pipelineId: string;
  readonly name: string;
  /** What of it is kept out. */
  readonly plugins: readonly string[];
};

/** What a change of rules keeps out that was let in. */
export type ShutOut = {
  /** Installed plugins, and those of the platform. */
  readonly plugins: readonly string[];
  /** The first of them by name. */
  readonly pipelines: readonly PipelineShutOut[];
  readonly pipelineCount: number;
};

type Rule = { readonly pattern: string; readonly effect: 'allow' | 'deny' };

export type RuleChange = {
  readonly tenantId: string;
  readonly before: readonly Rule[];
  readonly after: readonly Rule[];
};

const MAX_PIPELINES = 100;

const FIND_PLUGINS = `select name from (
    select i.plugin_name as name from installations i where i.tenant_id = $1::uuid
    union select unnest($2::text[])) known
  where do_rules_let_in($3::text[], $4::text[], name) and not do_rules_let_in($5::text[], $6::text[], name) order by 1`;

/** The pattern finds too much: what stands in `with` may be called so as well. */
const FIND_PIPELINES = `select p.id as "pipelineId", p.name, v.definition,
    array(select pinned.value ->> 'name' from jsonb_each(v.resolved_plugins) as pinned) as pinned
  from pipelines p
  join pipeline_versions v on v.tenant_id = p.tenant_id and v.pipeline_id = p.id and v.revision = p.revision
  where p.tenant_id = $1::uuid and p.archived_at is null and (
    exists (select from jsonb_each(v.resolved_plugins) as pinned where pinned.value ->> 'name' = any($2::text[]))
    or exists (select from jsonb_path_query(v.definition::jsonb, '$.**.uses') as uses
      where split_part(uses #>> '{}', '.', 1) = any($3::text[])))
  order by p.name`;

type FoundPipeline = {
  readonly pipelineId: string;
  readonly name: string;
  readonly definition: PipelineDefinition;
  readonly pinned: readonly string[];
};

const patterns = (rules: readonly Rule[], effect: Rule['effect']): string[] =>
  rules.filter((rule) => rule.effect === effect).map(({ pattern }) => pattern);

/** Says what a change of rules would keep out. */
export const findShutOut = async (
  tx: Prisma.TransactionClient,
  { tenantId, before, after }: RuleChange,
): Promise<ShutOut> => {
  const builtIns = [...BUILT_IN_PLUGINS.values()];
  const found = await tx.$queryRawUnsafe<{ name: string }[]>(
    FIND_PLUGINS,
    tenantId,
    builtIns.map(({ name }) => name),
    ...[before, after].flatMap((rules) => [patterns(rules, 'allow'), patterns(rules, 'deny')]),
  );
  const plugins = found.map(({ name }) => name);
  if (plugins.length === 0) return { plugins, pipelines: [], pipelineCount: 0 };
  const aliases = builtIns.filter(({ name }) => plugins.includes(name)).map(({ alias }) => alias);
  const candidates = await tx.$queryRawUnsafe<FoundPipeline[]>(FIND_PIPELINES, tenantId, plugins, aliases);
  const pipelines = candidates.flatMap(({ pipelineId, name, definition, pinned }): PipelineShutOut[] => {
    const used = new Set([...pinned, ...usedPackages(definition).map((one) => one.name)]);
    const out = plugins.filter((plugin) => used.has(plugin));
    return out.length === 0 ? [] : [{ pipelineId, name, plugins: out }];
  });
  return { plugins, pipelines: pipelines.slice(0, MAX_PIPELINES), pipelineCount: pipelines.length };
};
