import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';

/** Every table that holds rows of tenants, with the column that names the tenant. */
export const TENANT_TABLES = {
  tenants: 'id',
  pipelines: 'tenant_id',
  pipeline_versions: 'tenant_id',
  runs: 'tenant_id',
  run_event_chunks: 'tenant_id',
  run_commands: 'tenant_id',
  plugins: 'tenant_id',
  plugin_versions: 'tenant_id',
  publish_intents: 'tenant_id',
  installations: 'tenant_id',
  api_tokens: 'tenant_id',
  audit_log: 'tenant_id',
  tenant_limits: 'tenant_id',
  run_snapshots: 'tenant_id',
  approvals: 'tenant_id',
  schedules: 'tenant_id',
  webhooks: 'tenant_id',
  webhook_deliveries: 'tenant_id',
  event_triggers: 'tenant_id',
  trigger_events: 'tenant_id',
  step_results: 'tenant_id',
  router_arms: 'tenant_id',
  run_log_chunks: 'tenant_id',
  metric_rollups: 'tenant_id',
  benchmark_reports: 'tenant_id',
  secrets: 'tenant_id',
  secret_versions: 'tenant_id',
  tenant_usage: 'tenant_id',
  feature_flags: 'tenant_id',
  idempotency_keys: 'tenant_id',
  service_accounts: 'tenant_id',
  audit_heads: 'tenant_id',
  tenant_exports: 'tenant_id',
  tenant_changes: 'tenant_id',
  plugin_values: 'tenant_id',
  plugin_uses: 'tenant_id',
  installed_versions: 'tenant_id',
  plugin_rules: 'tenant_id',
  advisories: 'tenant_id',
  advisory_versions: 'tenant_id',
  takedowns: 'tenant_id',
  plugin_days: 'tenant_id',
  plugin_reviews: 'tenant_id',
  publishers: 'tenant_id',
  plugin_reports: 'tenant_id',
  rehearsals: 'tenant_id',
  rehearsal_samples: 'tenant_id',
  upgrade_requests: 'tenant_id',
} as const;
export type TenantTable = keyof typeof TENANT_TABLES;

/** Puts one row of a tenant into every table, past the policies; the tenant itself is there already. */
export async function insertRowEverywhere(admin: Client, tenantId: string, slug: string): Promise<void> {
  const ids = { tenantId, pipelineId: randomUUID(), versionId: randomUUID(), runId: randomUUID() };
  const plugin = `@${slug}/plugin`;
  const rows = [
    ...runRows(ids),
    ...sharedRows(ids),
    ...triggerRows(ids),
    ...pluginRows(tenantId, plugin),
    ...marketplaceRows(ids, plugin),
    ...rehearsalRows(ids, plugin),
    ...communityRows(tenantId, slug),
    ...accessRows(tenantId, slug),
    ...secretRows(tenantId),
    ...measuredRows(ids),
  ];
  for (const [sql, values] of rows) await admin.query(sql, [...values]);
}

type Row = readonly [sql: string, values: readonly unknown[]];
type Ids = Readonly<Record<'tenantId' | 'pipelineId' | 'versionId' | 'runId', string>>;

/** The row of limits is there since the tenant is. */
function runRows({ tenantId, pipelineId, versionId, runId }: Ids): readonly Row[] {
  return [
    [
      `insert into pipelines (id, tenant_id, name, revision, created_by) values ($2, $1, 'p', 1, 'u')`,
      [tenantId, pipelineId],
    ],
    [
      `insert into pipeline_versions
         (id, tenant_id, pipeline_id, revision, version, definition, resolved_plugins, content_hash, created_by)
       values ($3, $1, $2, 1, '1.0.0', '{}', '{}', 'h', 'u')`,
      [tenantId, pipelineId, versionId],
    ],
    [
      `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by)
       values ($4, $1, $2, $3, '{}', '{}', 1, 'u')`,
      [tenantId, pipelineId, versionId, runId],
    ],
    [
      `insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events) values ($1, $2, 1, 1, '[]')`,
      [tenantId, runId],
    ],
    [
      `insert into run_commands (tenant_id, run_id, kind, payload, requested_by) values ($1, $2, 'cancel', '{}', 'u')`,
      [tenantId, runId],
    ],
    [
      `insert into run_snapshots (tenant_id, run_id, seq, format, state) values ($1, $2, 1, 'f', '')`,
      [tenantId, runId],
    ],
    [
      `insert into approvals (tenant_id, run_id, key, step_id, status, request, requested_at)
       values ($1, $2, 'a#1/0', 'a', 'open', '{}', now())`,
      [tenantId, runId],
    ],
  ];
}

/** What runs of a pipeline leave to later ones. */
function sharedRows({ tenantId, pipelineId }: Ids): readonly Row[] {
  return [
    [
      `insert into step_results (tenant_id, pipeline_id, step_id, key, output, size_bytes, expires_at)
       values ($1, $2, 's', 'k', '{}', 1, now() + interval '1 hour')`,
      [tenantId, pipelineId],
    ],
    [`insert into plugin_values (tenant_id, key, value) values ($1, 'k', 'v')`, [tenantId]],
    [
      `insert into router_arms (tenant_id, pipeline_id, step_id, context, arm, pulls, reward)
       values ($1, $2, 's', 'c', 'a', 1, 1)`,
      [tenantId, pipelineId],
    ],
  ];
}

function triggerRows({ tenantId, pipelineId, runId }: Ids): readonly Row[] {
  const [webhookId, triggerId] = [randomUUID(), randomUUID()];
  return [
    [
      `insert into schedules (id, tenant_id, pipeline_id, name, cron, time_zone, parameters, created_by)
       values (gen_random_uuid(), $1, $2, 's', '* * * * *', 'UTC', '{}', 'u')`,
      [tenantId, pipelineId],
    ],
    [
      `insert into webhooks (id, tenant_id, pipeline_id, name, secret, created_by) values ($3, $1, $2, 'w', 'x', 'u')`,
      [tenantId, pipelineId, webhookId],
    ],
    [
      `insert into webhook_deliveries (tenant_id, webhook_id, delivery, run_id) values ($1, $2, 'd', $3)`,
      [tenantId, webhookId, runId],
    ],
    [
      `insert into event_triggers (id, tenant_id, pipeline_id, name, event, statuses, parameters, created_by)
       values ($3, $1, $2, 'e', 'run_ended', '{}', '{}', 'u')`,
      [tenantId, pipelineId, triggerId],
    ],
    [
      `insert into trigger_events (tenant_id, trigger_id, subject, event) values ($1, $2, $3, '{}')`,
      [tenantId, triggerId, `run:${runId}`],
    ],
  ];
}

function pluginRows(tenantId: string, plugin: string): readonly Row[] {
  return [
    [
      `insert into plugins (name, tenant_id, visibility, title, description, latest_version)
       values ($2, $1, 'private', 't', 'd', '1.0.0')`,
      [tenantId, plugin],
    ],
    [
      `insert into plugin_versions
         (plugin_name, version, tenant_id, visibility, integrity, manifest, readme, size_bytes, published_by)
       values ($2, '1.0.0', $1, 'private', 'sha512-x', '{}', '', 1, 'u')`,
      [tenantId, plugin],
    ],
    [
      `insert into publish_intents (id, tenant_id, name, version, integrity, payload)
       values (gen_random_uuid(), $1, $2, '1.0.0', 'sha512-x', '{}')`,
      [tenantId, plugin],
    ],
    [
      `insert into installations (id, tenant_id, plugin_name, version, integrity, "grant", installed_by)
       values (gen_random_uuid(), $1, $2, '1.0.0', 'sha512-x', '{}', 'u')`,
      [tenantId, plugin],
    ],
  ];
}

/** What hangs on the plugin of `pluginRows`. */
function marketplaceRows({ tenantId, pipelineId, versionId, runId }: Ids, plugin: string): readonly Row[] {
  const advisoryId = randomUUID();
  return [
    [
      `insert into plugin_uses (tenant_id, run_id, plugin_name, version, integrity, pipeline_id, pipeline_version_id)
       values ($1, $3, $2, '1.0.0', 'sha512-x', $4, $5)`,
      [tenantId, plugin, runId, pipelineId, versionId],
    ],
    [
      `insert into installed_versions (tenant_id, plugin_name, version, integrity, "grant", installed_by)
       values ($1, $2, '1.0.0', 'sha512-x', '{}', 'u')`,
      [tenantId, plugin],
    ],
    [
      `insert into upgrade_requests
         (id, tenant_id, plugin_name, from_version, to_version, permission_changes, requested_by)
       values (gen_random_uuid(), $1, $2, '1.0.0', '2.0.0', '{}', 'u')`,
      [tenantId, plugin],
    ],
    [
      `insert into plugin_rules (id, tenant_id, pattern, effect, created_by)
       values (gen_random_uuid(), $1, $2, 'allow', 'u')`,
      [tenantId, plugin],
    ],
    [
      `insert into advisories
         (id, tenant_id, plugin_name, affected_range, severity, title, description, published_by)
       values ($3, $1, $2, '<1.0.0', 'low', 't', 'd', 'u')`,
      [tenantId, plugin, advisoryId],
    ],
    [
      `insert into advisory_versions (tenant_id, advisory_id, plugin_name, version) values ($1, $3, $2, '0.9.0')`,
      [tenantId, plugin, advisoryId],
    ],
    [
      `insert into takedowns (id, tenant_id, plugin_name, version, reason, taken_down_by)
       values (gen_random_uuid(), $1, $2, '0.9.0', 'r', 'u')`,
      [tenantId, plugin],
    ],
    [
      // Installing counted already.
      `insert into plugin_days (tenant_id, plugin_name, version, day) values ($1, $2, '0.9.0', current_date)`,
      [tenantId, plugin],
    ],
  ];
}

function rehearsalRows({ tenantId, runId }: Ids, plugin: string): readonly Row[] {
  const rehearsalId = randomUUID();
  return [
    [
      `insert into rehearsals (id, tenant_id, plugin_name, to_version, to_integrity, max_samples, requested_by)
       values ($3, $1, $2, '2.0.0', 'sha512-y', 20, 'u')`,
      [tenantId, plugin, rehearsalId],
    ],
    [
      `insert into rehearsal_samples (tenant_id, rehearsal_id, position, run_id, attempt, kind, contribution, from_version,
         from_integrity, scheduled_seq, started_seq, ended_seq)
       values ($1, $2, 0, $3, 1, 'step', 'send', '1.0.0', 'sha512-x', 2, 3, 4)`,
      [tenantId, rehearsalId, runId],
    ],
  ];
}

/** Of a plugin that the tenant does not own, in truth. */
function communityRows(tenantId: string, slug: string): readonly Row[] {
  const plugin = `@${slug}/plugin`;
  return [
    [
      `insert into plugin_reviews (id, tenant_id, plugin_name, version, stars, title, body, written_by)
       values (gen_random_uuid(), $1, $2, '1.0.0', 4, 't', 'b', 'u')`,
      [tenantId, plugin],
    ],
    [`insert into publishers (tenant_id, scope, display_name, display_key) values ($1, $2, $2, $2)`, [tenantId, slug]],
    [
      `insert into plugin_reports (id, tenant_id, plugin_name, reason, description, reported_by)
       values (gen_random_uuid(), $1, $2, 'other', 'd', 'u')`,
      [tenantId, plugin],
    ],
  ];
}

function accessRows(tenantId: string, slug: string): readonly Row[] {
  return [
    [
      `insert into api_tokens (id, tenant_id, name, prefix, hash, created_by)
       values (gen_random_uuid(), $1, 't', 'ia_', $2, 'u')`,
      [tenantId, `hash of ${slug}`],
    ],
    [
      `insert into service_accounts (id, tenant_id, name, description, role, created_by)
       values (gen_random_uuid(), $1, 's', '', 'viewer', 'u')`,
      [tenantId],
    ],
    [
      `insert into idempotency_keys (tenant_id, principal, key, operation, request_hash, result)
       values ($1, 'u', 'k', 'startRun', 'h', '{}')`,
      [tenantId],
    ],
    [`insert into feature_flags (tenant_id, name, is_enabled, updated_by) values ($1, 'f', true, 'u')`, [tenantId]],
    [`insert into tenant_exports (id, tenant_id, requested_by) values (gen_random_uuid(), $1, 'u')`, [tenantId]],
    [`insert into audit_heads (tenant_id, seq, hash) values ($1, 1, 'y')`, [tenantId]],
    [
      `insert into audit_log (tenant_id, seq, actor, action, target, details, previous_hash, hash)
       values ($1, 1, '{}', 'a', 't', '{}', 'x', 'y')`,
      [tenantId],
    ],
  ];
}

function secretRows(tenantId: string): readonly Row[] {
  const secretId = randomUUID();
  return [
    [
      `insert into secrets (id, tenant_id, name, description, current_version, created_by) values ($2, $1, 's', '', 1, 'u')`,
      [tenantId, secretId],
    ],
    [
      `insert into secret_versions (tenant_id, secret_id, version, key_id, sealed, created_by)
       values ($1, $2, 1, 'k', '', 'u')`,
      [tenantId, secretId],
    ],
  ];
}

/** The row of usage comes with the log of `runRows`. */
function measuredRows({ tenantId, pipelineId, runId }: Ids): readonly Row[] {
  return [
    [
      `insert into run_log_chunks (tenant_id, run_id, first_seq, last_seq, lines) values ($1, $2, 1, 1, '[]')`,
      [tenantId, runId],
    ],
    [
      `insert into metric_rollups
         (tenant_id, at, seconds, pipeline_id, step_id, uses, status, count, retries, duration_ms, cost_usd, histogram)
       values ($1, now(), 60, $2, '', '', 'succeeded', 1, 0, 1, 0, '{}')`,
      [tenantId, pipelineId],
    ],
    [
      `insert into benchmark_reports (id, tenant_id, name, label, report, created_by)
       values (gen_random_uuid(), $1, 'b', 'l', '{}', 'u')`,
      [tenantId],
    ],
  ];
}
