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
} as const;
export type TenantTable = keyof typeof TENANT_TABLES;

/** Puts one row of a tenant into every table, past the policies; the tenant itself is there already. */
export async function insertRowEverywhere(admin: Client, tenantId: string, slug: string): Promise<void> {
  const [pipelineId, versionId, runId] = [randomUUID(), randomUUID(), randomUUID()];
  const plugin = `@${slug}/plugin`;
  const statements: readonly (readonly [string, readonly unknown[]])[] = [
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
    [
      `insert into api_tokens (id, tenant_id, name, prefix, hash, created_by)
       values (gen_random_uuid(), $1, 't', 'ia_', $2, 'u')`,
      [tenantId, `hash of ${slug}`],
    ],
    [
      `insert into audit_log (tenant_id, seq, actor, action, target, details, previous_hash, hash)
       values ($1, 1, '{}', 'a', 't', '{}', 'x', 'y')`,
      [tenantId],
    ],
  ];
  for (const [sql, values] of statements) await admin.query(sql, [...values]);
}
