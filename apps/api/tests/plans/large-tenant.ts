import type { Client } from 'pg';

/** How much of it there is. IA_PLAN_RUNS=1000000 makes it as much as the largest tenants have. */
export const RUN_COUNT = Number(process.env['IA_PLAN_RUNS'] ?? 100_000);
const OTHER_COUNT = 20_000;

/** Tables that a list reads page by page, with more rows than a scan of them could be taken for cheap. */
export const LARGE_TABLES: ReadonlySet<string> = new Set([
  'runs',
  'pipelines',
  'pipeline_versions',
  'approvals',
  'schedules',
  'webhooks',
  'event_triggers',
  'plugins',
  'plugin_versions',
  'installations',
  'api_tokens',
  'audit_log',
  'secrets',
  'service_accounts',
]);

const PIPELINES = `insert into pipelines (id, tenant_id, name, revision, archived_at, created_by, created_at, updated_at)
  select gen_random_uuid(), $1, 'pipeline ' || n, 1, case when n % 10 = 0 then now() end, 'u' || n % 50,
    now() - n * interval '1 minute', now() - (n * 7919 % 20000) * interval '1 minute' from generate_series(1, $2::int) n`;

const VERSIONS = `insert into pipeline_versions (id, tenant_id, pipeline_id, revision, version, definition, resolved_plugins,
    content_hash, created_by)
  select gen_random_uuid(), tenant_id, id, 1, '0.1.0', '{"name": "p", "steps": [{"id": "a", "uses": "core.noop"}]}', '{}',
    'h', created_by from pipelines where tenant_id = $1`;

const RUNS = `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, status, parameters, trigger, seed, last_seq,
    created_by, created_at, started_at, finished_at, parent_run_id, is_metered)
  select gen_random_uuid(), $1, v.pipeline_id, v.id,
    case when n % 100 = 0 then 'failed' when n % 1000 = 1 then 'waiting' when n % 1000 = 2 then 'canceled' else 'succeeded' end,
    '{}', json_build_object('type', case n % 4 when 0 then 'schedule' when 1 then 'webhook' else 'manual' end), 1, 1,
    'u' || n % 50, now() - n * interval '10 seconds', now() - n * interval '10 seconds',
    case when n % 1000 <> 1 then now() - n * interval '9 seconds' end, null, true
  from generate_series(1, $2::int) n
  join (select id, pipeline_id, row_number() over () as place from pipeline_versions where tenant_id = $1) v
    on v.place = n % 1000 + 1`;

const APPROVALS = `insert into approvals (tenant_id, run_id, key, step_id, status, request, assignees, requested_at)
  select tenant_id, id, 'ask#/', 'ask', case when place % 50 = 0 then 'open' else 'approved' end, '{}', '{role:owner}', created_at
  from (select *, row_number() over () as place from runs where tenant_id = $1 limit $2::int) r`;

const trigger = (table: string, columns: string, values: string): string =>
  `insert into ${table} (id, tenant_id, pipeline_id, name, created_by, ${columns})
   select gen_random_uuid(), tenant_id, id, 'trigger ' || name, created_by, ${values} from pipelines where tenant_id = $1`;

const TRIGGERS = [
  trigger('schedules', 'cron, time_zone, parameters, is_enabled', `'0 9 * * *', 'UTC', '{}', false`),
  trigger('webhooks', 'secret, key_id', `'\\x00', 'k1'`),
  trigger('event_triggers', 'event, parameters', `'run_ended', '{}'`),
];

const PLUGINS = `insert into plugins (name, tenant_id, visibility, title, description, keywords, latest_version, updated_at)
  select '@acme/plugin-' || n, $1, 'public', 'Plugin ' || n, 'Does it', '{}', '1.0.0', now() - n * interval '1 minute'
  from generate_series(1, $2::int) n`;

const PLUGIN_VERSIONS = `insert into plugin_versions (plugin_name, version, tenant_id, visibility, integrity, manifest, readme,
    size_bytes, published_by)
  select name, '1.0.0', tenant_id, 'public', 'sha512-x', '{"apiVersion": 1, "contributions": {"steps": []},
    "permissions": {"net": [], "secrets": []}}', '', 1, 'u' from plugins where tenant_id = $1`;

const INSTALLATIONS = `insert into installations (id, tenant_id, plugin_name, version, integrity, "grant", installed_by)
  select gen_random_uuid(), $1, name, '1.0.0', 'sha512-x', '{"net": [], "secrets": []}', 'u' from plugins`;

const TOKENS = `insert into api_tokens (id, tenant_id, name, prefix, hash, scopes, created_by, created_at)
  select gen_random_uuid(), $1::uuid, 't' || n, 'ia_', 'hash ' || n, '{RUNS_READ}', 'u' || n % 50,
    now() - n * interval '1 minute' from generate_series(1, $2::int) n`;

const AUDIT = `insert into audit_log (tenant_id, seq, at, actor, action, target, details, previous_hash, hash)
  select $1, 100 + n, now(), '{"kind": "user", "id": "u1"}', 'run.start', 'run:' || n % 1000, '{}', 'p' || n, 'h' || n
  from generate_series(1, $2::int) n`;

const SECRETS = `insert into secrets (id, tenant_id, name, description, current_version, created_by)
  select gen_random_uuid(), $1, 'SECRET_' || n, '', 1, 'u1' from generate_series(1, $2::int) n`;

const SERVICE_ACCOUNTS = `insert into service_accounts (id, tenant_id, name, description, role, created_by)
  select gen_random_uuid(), $1, 'robot ' || n, '', 'viewer', 'u1' from generate_series(1, $2::int) n`;

const STATEMENTS: readonly (readonly [sql: string, count: number | null])[] = [
  [PIPELINES, OTHER_COUNT],
  [VERSIONS, null],
  [RUNS, RUN_COUNT],
  [APPROVALS, OTHER_COUNT],
  ...TRIGGERS.map((sql) => [sql, null] as const),
  [PLUGINS, OTHER_COUNT],
  [PLUGIN_VERSIONS, null],
  [INSTALLATIONS, null],
  [TOKENS, OTHER_COUNT],
  [AUDIT, OTHER_COUNT],
  [SECRETS, OTHER_COUNT],
  [SERVICE_ACCOUNTS, OTHER_COUNT],
];

/** Fills a tenant with rows as a large one has them, past triggers and quotas. */
export const fillTenant = async (admin: Client, tenantId: string): Promise<void> => {
  await admin.query("set session_replication_role = 'replica'");
  for (const [sql, count] of STATEMENTS) await admin.query(sql, count === null ? [tenantId] : [tenantId, count]);
  await admin.query("set session_replication_role = 'origin'");
  await admin.query('vacuum analyze');
};
