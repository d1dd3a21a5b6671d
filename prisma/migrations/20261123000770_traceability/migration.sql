-- Who ran which code, and what nothing new may start with.

-- Finds tenants, and pipelines within them, without reading every use.
CREATE INDEX "plugin_uses_plugin_name_version_tenant_id_pipeline_id_idx"
  ON "plugin_uses" ("plugin_name", "version", "tenant_id", "pipeline_id");
-- And what a pipeline has used.
CREATE INDEX "plugin_uses_pipeline_id_plugin_name_version_idx" ON "plugin_uses" ("pipeline_id", "plugin_name", "version");

-- Runs from before uses were kept, as far as their logs lie here.
INSERT INTO public.plugin_uses (tenant_id, run_id, plugin_name, version, integrity, pipeline_id, pipeline_version_id, used_at)
SELECT r.tenant_id, r.id, u.plugin ->> 'name', u.plugin ->> 'version', min(u.plugin ->> 'integrity'), r.pipeline_id,
  r.pipeline_version_id, to_timestamp(min(u.at) / 1000)
FROM (
  SELECT c.run_id, e.event -> 'data' -> 'plugin' AS plugin, (e.event ->> 'at')::float8 AS at
  FROM public.run_event_chunks c CROSS JOIN LATERAL json_array_elements(c.events) AS e (event)
  WHERE e.event ->> 'type' = 'task_started' AND e.event -> 'data' -> 'plugin' ->> 'integrity' IS NOT NULL
) u
JOIN public.runs r ON r.id = u.run_id
GROUP BY r.tenant_id, r.id, u.plugin ->> 'name', u.plugin ->> 'version'
ON CONFLICT DO NOTHING;

-- What is blocked of a package scope, for whoever keeps it in memory: the platform's own plugins have no installation to look at.
CREATE FUNCTION public.plugin_blocks_in_scope(p_scope text)
RETURNS TABLE (name text, version text, code text, reason text, patched_range text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT t.plugin_name, t.version, 'IA_PLUGIN_TAKEN_DOWN', t.reason, NULL::text FROM public.takedowns t
  WHERE starts_with(t.plugin_name, p_scope || '/') AND t.lifted_at IS NULL
  UNION ALL
  SELECT v.plugin_name, v.version, 'IA_PLUGIN_ADVISORY', a.severity || ': ' || a.title, a.patched_range
  FROM public.advisory_versions v JOIN public.advisories a ON a.id = v.advisory_id
  WHERE starts_with(v.plugin_name, p_scope || '/') AND a.withdrawn_at IS NULL
$$;

-- The rules of all tenants about a scope: without one that allows something of it, all of the platform's own is let in.
CREATE FUNCTION public.plugin_rules_on_scope(p_scope text) RETURNS TABLE (tenant_id uuid, pattern text, effect text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.tenant_id, r.pattern, r.effect FROM public.plugin_rules r
  WHERE starts_with(r.pattern, p_scope || '/')
$$;

-- Runs do not start with what is blocked or kept out. IAP01: the detail says what and why.
CREATE FUNCTION internal.refuse_blocked_plugins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  refused record;
BEGIN
  SELECT f.name, f.version, f.is_let_in, b.code, b.reason, b.patched_range, b.advisory_id INTO refused
  FROM (
    SELECT pin.value ->> 'name' AS name, pin.value ->> 'version' AS version,
      public.is_plugin_let_in(v.tenant_id, pin.value ->> 'name') AS is_let_in
    FROM (SELECT DISTINCT s.tenant_id, s.pipeline_version_id FROM started s) started
    JOIN public.pipeline_versions v ON v.id = started.pipeline_version_id AND v.tenant_id = started.tenant_id
    CROSS JOIN LATERAL jsonb_each(v.resolved_plugins) AS pin
  ) f
  LEFT JOIN LATERAL (SELECT * FROM public.plugin_blocks_of(f.name, f.version) LIMIT 1) b ON true
  WHERE b.code IS NOT NULL OR NOT f.is_let_in
  ORDER BY b.code DESC NULLS LAST, f.name, f.version LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'IAP01',
      MESSAGE = format('%s@%s, which the pipeline uses, %s', refused.name, refused.version, CASE refused.code
        WHEN 'IA_PLUGIN_TAKEN_DOWN' THEN format('is taken down: %s', refused.reason)
        WHEN 'IA_PLUGIN_ADVISORY' THEN format('has an advisory against it (%s)', refused.reason)
        ELSE 'is kept out by the rules of the tenant' END),
      DETAIL = json_build_object('code', coalesce(refused.code, 'IA_PLUGIN_NOT_ALLOWED'), 'name', refused.name,
        'version', refused.version, 'reason', refused.reason, 'patchedRange', refused.patched_range,
        'advisoryId', refused.advisory_id)::text;
  END IF;
  RETURN NULL;
END
$$;

-- Runs that used one of the versions, the latest use first, strictly between two places; each run once. Whoever asks sees the
-- tenants that its role sees.
CREATE FUNCTION public.runs_using(p_name text, p_versions text[], p_below_at timestamptz, p_below_id uuid, p_above_at timestamptz,
  p_above_id uuid, p_is_backward boolean, p_limit integer)
RETURNS TABLE (tenant_id uuid, run_id uuid, pipeline_id uuid, version text, integrity text, used_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
  lowest constant uuid := '00000000-0000-0000-0000-000000000000';
  highest constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  below_at constant timestamptz := coalesce(p_below_at, 'infinity');
  below_id constant uuid := coalesce(p_below_id, highest);
  above_at constant timestamptz := coalesce(p_above_at, '-infinity');
  above_id constant uuid := coalesce(p_above_id, lowest);
BEGIN
  IF p_is_backward THEN
    RETURN QUERY
      SELECT f.* FROM (SELECT DISTINCT given.version FROM unnest(p_versions) AS given (version)) v
      CROSS JOIN LATERAL (
        SELECT u.tenant_id, u.run_id, u.pipeline_id, u.version, u.integrity, u.used_at FROM public.plugin_uses u
        WHERE u.plugin_name = p_name AND u.version = v.version
          AND (u.used_at, u.run_id) < (below_at, below_id) AND (u.used_at, u.run_id) > (above_at, above_id)
          AND NOT EXISTS (SELECT FROM public.plugin_uses o WHERE o.run_id = u.run_id AND o.plugin_name = p_name
            AND o.version = ANY (p_versions) AND (o.used_at, o.version) > (u.used_at, u.version))
        ORDER BY u.used_at, u.run_id LIMIT p_limit
      ) f ORDER BY f.used_at, f.run_id LIMIT p_limit;
  ELSE
    RETURN QUERY
      SELECT f.* FROM (SELECT DISTINCT given.version FROM unnest(p_versions) AS given (version)) v
      CROSS JOIN LATERAL (
        SELECT u.tenant_id, u.run_id, u.pipeline_id, u.version, u.integrity, u.used_at FROM public.plugin_uses u
        WHERE u.plugin_name = p_name AND u.version = v.version
          AND (u.used_at, u.run_id) < (below_at, below_id) AND (u.used_at, u.run_id) > (above_at, above_id)
          AND NOT EXISTS (SELECT FROM public.plugin_uses o WHERE o.run_id = u.run_id AND o.plugin_name = p_name
            AND o.version = ANY (p_versions) AND (o.used_at, o.version) > (u.used_at, u.version))
        ORDER BY u.used_at DESC, u.run_id DESC LIMIT p_limit
      ) f ORDER BY f.used_at DESC, f.run_id DESC LIMIT p_limit;
  END IF;
END
$$;

-- Pipelines of which a run used one of the versions, by tenant and id, strictly between two places: from one to the next in the
-- index, however many runs there were. `p_by_tenant`: only the first of each tenant.
CREATE FUNCTION public.pipelines_using(p_name text, p_versions text[], p_above_tenant_id uuid, p_above_id uuid, p_below_tenant_id uuid,
  p_below_id uuid, p_is_backward boolean, p_by_tenant boolean, p_limit integer)
RETURNS TABLE (tenant_id uuid, pipeline_id uuid)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
  lowest constant uuid := '00000000-0000-0000-0000-000000000000';
  highest constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  above_tenant_id uuid := coalesce(p_above_tenant_id, lowest);
  above_id uuid := coalesce(p_above_id, lowest);
  below_tenant_id uuid := coalesce(p_below_tenant_id, highest);
  below_id uuid := coalesce(p_below_id, highest);
  found_count integer := 0;
BEGIN
  WHILE found_count < p_limit LOOP
    IF p_is_backward THEN
      SELECT f.tenant_id, f.pipeline_id INTO tenant_id, pipeline_id
      FROM unnest(p_versions) AS v (version) CROSS JOIN LATERAL (
        SELECT u.tenant_id, u.pipeline_id FROM public.plugin_uses u
        WHERE u.plugin_name = p_name AND u.version = v.version
          AND u.tenant_id = below_tenant_id AND u.pipeline_id < below_id
        ORDER BY u.pipeline_id DESC LIMIT 1) f
      ORDER BY f.pipeline_id DESC LIMIT 1;
      IF NOT FOUND THEN
        SELECT f.tenant_id, f.pipeline_id INTO tenant_id, pipeline_id
        FROM unnest(p_versions) AS v (version) CROSS JOIN LATERAL (
          SELECT u.tenant_id, u.pipeline_id FROM public.plugin_uses u
          WHERE u.plugin_name = p_name AND u.version = v.version AND u.tenant_id < below_tenant_id
          ORDER BY u.tenant_id DESC, u.pipeline_id DESC LIMIT 1) f
        ORDER BY f.tenant_id DESC, f.pipeline_id DESC LIMIT 1;
      END IF;
      EXIT WHEN NOT FOUND OR (tenant_id, pipeline_id) <= (above_tenant_id, above_id);
      below_tenant_id := tenant_id;
      below_id := CASE WHEN p_by_tenant THEN lowest ELSE pipeline_id END;
    ELSE
      SELECT f.tenant_id, f.pipeline_id INTO tenant_id, pipeline_id
      FROM unnest(p_versions) AS v (version) CROSS JOIN LATERAL (
        SELECT u.tenant_id, u.pipeline_id FROM public.plugin_uses u
        WHERE u.plugin_name = p_name AND u.version = v.version
          AND u.tenant_id = above_tenant_id AND u.pipeline_id > above_id
        ORDER BY u.pipeline_id LIMIT 1) f
      ORDER BY f.pipeline_id LIMIT 1;
      IF NOT FOUND THEN
        SELECT f.tenant_id, f.pipeline_id INTO tenant_id, pipeline_id
        FROM unnest(p_versions) AS v (version) CROSS JOIN LATERAL (
          SELECT u.tenant_id, u.pipeline_id FROM public.plugin_uses u
          WHERE u.plugin_name = p_name AND u.version = v.version AND u.tenant_id > above_tenant_id
          ORDER BY u.tenant_id, u.pipeline_id LIMIT 1) f
        ORDER BY f.tenant_id, f.pipeline_id LIMIT 1;
      END IF;
      EXIT WHEN NOT FOUND OR (tenant_id, pipeline_id) >= (below_tenant_id, below_id);
      above_tenant_id := tenant_id;
      above_id := CASE WHEN p_by_tenant THEN highest ELSE pipeline_id END;
    END IF;
    found_count := found_count + 1;
    RETURN NEXT;
  END LOOP;
END
$$;

-- The same for the operator of the platform, in all tenants, with their names.
CREATE FUNCTION public.runs_using_across(p_name text, p_versions text[], p_below_at timestamptz, p_below_id uuid,
  p_above_at timestamptz, p_above_id uuid, p_is_backward boolean, p_limit integer)
RETURNS TABLE (tenant_id uuid, run_id uuid, pipeline_id uuid, version text, integrity text, used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT internal.require_operator();
  SELECT * FROM public.runs_using(p_name, p_versions, p_below_at, p_below_id, p_above_at, p_above_id, p_is_backward, p_limit)
$$;

CREATE FUNCTION public.pipelines_using_across(p_name text, p_versions text[], p_above_tenant_id uuid, p_above_id uuid,
  p_below_tenant_id uuid, p_below_id uuid, p_is_backward boolean, p_by_tenant boolean, p_limit integer)
RETURNS TABLE (tenant_id uuid, pipeline_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT internal.require_operator();
  SELECT * FROM public.pipelines_using(p_name, p_versions, p_above_tenant_id, p_above_id, p_below_tenant_id, p_below_id,
    p_is_backward, p_by_tenant, p_limit)
$$;

-- What tenants and pipelines are called, for the operator.
CREATE FUNCTION public.names_of_tenants(p_tenant_ids uuid[]) RETURNS TABLE (id uuid, slug text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT internal.require_operator();
  SELECT t.id, t.slug::text, t.name FROM public.tenants t WHERE t.id = ANY (p_tenant_ids)
$$;

CREATE FUNCTION public.names_of_pipelines(p_pipeline_ids uuid[]) RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT internal.require_operator();
  SELECT p.id, p.name FROM public.pipelines p WHERE p.id = ANY (p_pipeline_ids)
$$;

-- Whose a plugin is; the operator of the platform warns of anybody's.
CREATE FUNCTION public.owner_of_plugin(p_name text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.tenant_id FROM public.plugins p WHERE p.name = p_name
$$;

CREATE FUNCTION public.owner_of_advisory(p_id uuid) RETURNS TABLE (tenant_id uuid, is_by_operator boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.tenant_id, a.is_by_operator FROM public.advisories a WHERE a.id = p_id
$$;

GRANT SELECT ON public.pipeline_versions, public.pipelines, public.tenants TO ia_system;

GRANT CREATE ON SCHEMA public, internal TO ia_system;
ALTER FUNCTION public.plugin_blocks_in_scope(text) OWNER TO ia_system;
ALTER FUNCTION public.plugin_rules_on_scope(text) OWNER TO ia_system;
ALTER FUNCTION internal.refuse_blocked_plugins() OWNER TO ia_system;
ALTER FUNCTION public.runs_using_across(text, text[], timestamptz, uuid, timestamptz, uuid, boolean, integer) OWNER TO ia_system;
ALTER FUNCTION public.pipelines_using_across(text, text[], uuid, uuid, uuid, uuid, boolean, boolean, integer) OWNER TO ia_system;
ALTER FUNCTION public.names_of_tenants(uuid[]) OWNER TO ia_system;
ALTER FUNCTION public.names_of_pipelines(uuid[]) OWNER TO ia_system;
ALTER FUNCTION public.owner_of_plugin(text) OWNER TO ia_system;
ALTER FUNCTION public.owner_of_advisory(uuid) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;

REVOKE ALL ON FUNCTION public.plugin_blocks_in_scope(text), public.plugin_rules_on_scope(text), internal.refuse_blocked_plugins(),
  public.runs_using(text, text[], timestamptz, uuid, timestamptz, uuid, boolean, integer),
  public.pipelines_using(text, text[], uuid, uuid, uuid, uuid, boolean, boolean, integer),
  public.runs_using_across(text, text[], timestamptz, uuid, timestamptz, uuid, boolean, integer),
  public.pipelines_using_across(text, text[], uuid, uuid, uuid, uuid, boolean, boolean, integer),
  public.names_of_tenants(uuid[]), public.names_of_pipelines(uuid[]), public.owner_of_plugin(text),
  public.owner_of_advisory(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.plugin_blocks_in_scope(text), public.plugin_rules_on_scope(text) TO ia_worker;
GRANT EXECUTE ON FUNCTION public.runs_using(text, text[], timestamptz, uuid, timestamptz, uuid, boolean, integer),
  public.pipelines_using(text, text[], uuid, uuid, uuid, uuid, boolean, boolean, integer) TO ia_app, ia_system;
GRANT EXECUTE ON FUNCTION
  public.runs_using_across(text, text[], timestamptz, uuid, timestamptz, uuid, boolean, integer),
  public.pipelines_using_across(text, text[], uuid, uuid, uuid, uuid, boolean, boolean, integer),
  public.names_of_tenants(uuid[]), public.names_of_pipelines(uuid[]), public.owner_of_plugin(text),
  public.owner_of_advisory(uuid) TO ia_app;

-- After the insertion: a run that is there already is none that starts.
CREATE TRIGGER refuse_blocked_plugins AFTER INSERT ON public.runs
  REFERENCING NEW TABLE AS started FOR EACH STATEMENT EXECUTE FUNCTION internal.refuse_blocked_plugins();
