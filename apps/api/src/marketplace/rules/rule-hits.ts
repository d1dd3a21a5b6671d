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
/** Definitions may be large, and a tenant may have many. */
const BATCH = 50;

const FIND_PLUGINS = `select name from (
    select i.plugin_name as name from installations i where i.tenant_id = $1::uuid
    union select unnest($2::text[])) known
  where do_rules_let_in($3::text[], $4::text[], name) and not do_rules_let_in($5::text[], $6::text[], name) order by 1`;

/** It finds too much: any text may begin like a step. A definition may hold what no `jsonb` does. */
const FIND_PIPELINES = `select p.id as "pipelineId", p.name, v.definition,
    array(select pinned.value ->> 'name' from jsonb_each(v.resolved_plugins) as pinned) as pinned
  from pipelines p
  join pipeline_versions v on v.tenant_id = p.tenant_id and v.pipeline_id = p.id and v.revision = p.revision
  where p.tenant_id = $1::uuid and p.archived_at is null and (
    exists (select from jsonb_each(v.resolved_plugins) as pinned where pinned.value ->> 'name' = any($2::text[]))
    or exists (select from unnest($3::text[]) as alias where strpos(v.definition::text, '"' || alias || '.') > 0))
    and ($4::text is null or (p.name, p.id) > ($4, $5::uuid))
  order by p.name, p.id limit ${BATCH}`;

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
  const pipelines: PipelineShutOut[] = [];
  let pipelineCount = 0;
  let last: FoundPipeline | undefined;
  do {
    const values = [tenantId, plugins, aliases, last?.name ?? null, last?.pipelineId ?? null];
    const candidates = await tx.$queryRawUnsafe<FoundPipeline[]>(FIND_PIPELINES, ...values);
    for (const candidate of candidates) {
      const out = shutOutOf(candidate, plugins);
      if (out.length === 0) continue;
      pipelineCount += 1;
      const { pipelineId, name } = candidate;
      if (pipelines.length < MAX_PIPELINES) pipelines.push({ pipelineId, name, plugins: out });
    }
    last = candidates.length === BATCH ? candidates.at(-1) : undefined;
  } while (last !== undefined);
  return { plugins, pipelines, pipelineCount };
};

const shutOutOf = ({ definition, pinned }: FoundPipeline, plugins: readonly string[]): readonly string[] => {
  const used = new Set([...pinned, ...usedPackages(definition).map(({ name }) => name)]);
  return plugins.filter((plugin) => used.has(plugin));
};
