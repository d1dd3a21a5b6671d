-- Row-level security. Whoever owns a table is bound as well (FORCE), and without a tenant nothing is visible.

CREATE SCHEMA internal;
GRANT USAGE ON SCHEMA internal TO ia_system;

-- Every table with a tenant_id goes through here, in this migration and in later ones; a test finds one that did not.
-- ia_app and ia_registry act for one tenant (app.tenant_id), the worker for those of its transaction (app.tenant_ids).
CREATE FUNCTION internal.isolate_tenants(p_table regclass, p_tenant_column name DEFAULT 'tenant_id') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  one_tenant text := format('%I = nullif(current_setting(''app.tenant_id'', true), '''')::uuid', p_tenant_column);
  many_tenants text := format(
    '%I = ANY (string_to_array(current_setting(''app.tenant_ids'', true), '','')::uuid[])', p_tenant_column);
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
  EXECUTE format('CREATE POLICY one_tenant ON %s TO ia_app, ia_registry USING (%s) WITH CHECK (%s)',
    p_table, one_tenant, one_tenant);
  EXECUTE format('CREATE POLICY many_tenants ON %s TO ia_worker USING (%s) WITH CHECK (%s)',
    p_table, many_tenants, many_tenants);
  EXECUTE format('CREATE POLICY across_tenants ON %s TO ia_system USING (true) WITH CHECK (true)', p_table);
END
$$;
REVOKE ALL ON FUNCTION internal.isolate_tenants(regclass, name) FROM PUBLIC;

SELECT internal.isolate_tenants('public.tenants', 'id');
SELECT internal.isolate_tenants(tenant_table)
FROM unnest(ARRAY[
  'public.pipelines', 'public.pipeline_versions', 'public.runs', 'public.run_event_chunks', 'public.run_commands',
  'public.plugins', 'public.plugin_versions', 'public.publish_intents', 'public.installations', 'public.api_tokens',
  'public.audit_log'
]::regclass[]) AS tenant_table;

-- The marketplace: what is published for everyone can be read by every tenant.
CREATE POLICY public_plugins ON public.plugins FOR SELECT TO ia_app, ia_worker, ia_registry
  USING (visibility = 'public');
CREATE POLICY public_plugins ON public.plugin_versions FOR SELECT TO ia_app, ia_worker, ia_registry
  USING (visibility = 'public');

-- Who may do what at all. Logs, versions and audit rows are only ever added.
GRANT SELECT ON public.tenants TO ia_app, ia_worker, ia_registry;
GRANT SELECT, INSERT, UPDATE ON public.tenants TO ia_system;

GRANT SELECT, INSERT, UPDATE ON public.pipelines TO ia_app;
GRANT SELECT, INSERT ON public.pipeline_versions, public.runs, public.run_commands, public.audit_log TO ia_app;
GRANT SELECT ON public.run_event_chunks, public.plugins, public.plugin_versions TO ia_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.installations TO ia_app;
GRANT SELECT, INSERT ON public.api_tokens TO ia_app;
GRANT UPDATE ("name", "revoked_at", "last_used_at") ON public.api_tokens TO ia_app;
GRANT USAGE ON SEQUENCE public.run_commands_id_seq TO ia_app, ia_worker;

GRANT SELECT ON public.pipelines, public.pipeline_versions, public.installations, public.plugins, public.plugin_versions
  TO ia_worker;
GRANT SELECT ON public.runs TO ia_worker;
GRANT UPDATE ("status", "wait_reason", "outputs", "error", "last_seq", "started_at", "finished_at") ON public.runs
  TO ia_worker;
GRANT SELECT, INSERT ON public.run_event_chunks TO ia_worker;
GRANT SELECT ON public.run_commands TO ia_worker;
GRANT UPDATE ("consumed_at") ON public.run_commands TO ia_worker;
GRANT SELECT, INSERT, UPDATE ON public.worker_leases TO ia_worker;

GRANT SELECT, INSERT, UPDATE ON public.plugins TO ia_registry;
GRANT SELECT, INSERT ON public.plugin_versions, public.audit_log TO ia_registry;
GRANT UPDATE ("deprecated") ON public.plugin_versions TO ia_registry;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.publish_intents TO ia_registry;

GRANT SELECT ON public.api_tokens, public.runs, public.run_commands, public.plugins, public.publish_intents TO ia_system;
GRANT UPDATE ("last_used_at") ON public.api_tokens TO ia_system;
