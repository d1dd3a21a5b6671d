-- CreateIndex
CREATE INDEX "metric_rollups_tenant_id_pipeline_id_seconds_at_idx" ON "metric_rollups"("tenant_id", "pipeline_id", "seconds", "at");

-- CreateIndex
CREATE INDEX "metric_rollups_seconds_at_idx" ON "metric_rollups"("seconds", "at");

-- The figures of whole runs are asked for most, and are a small part of the rows.
CREATE INDEX "metric_rollups_runs_idx" ON public.metric_rollups (tenant_id, seconds, at) WHERE step_id = '';

-- The rows of the running minute and hour are updated again and again: with room in the page no index has to follow.
ALTER TABLE public.metric_rollups SET (fillfactor = 70);

-- Removes some rows that nobody reads any more, minutes and hours that are too old; says how many.
CREATE FUNCTION public.retire_metrics(p_minutes_before timestamptz, p_hours_before timestamptz, p_limit integer)
RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH retired AS (
    (SELECT m.ctid AS place FROM public.metric_rollups m WHERE m.seconds = 60 AND m.at < p_minutes_before LIMIT p_limit)
    UNION ALL
    (SELECT m.ctid FROM public.metric_rollups m WHERE m.seconds = 3600 AND m.at < p_hours_before LIMIT p_limit)
  ), removed AS (
    DELETE FROM public.metric_rollups m USING retired r WHERE m.ctid = r.place
      AND m.at < CASE m.seconds WHEN 60 THEN p_minutes_before ELSE p_hours_before END
    RETURNING 1
  )
  SELECT count(*)::integer FROM removed
$$;

GRANT SELECT, DELETE ON public.metric_rollups TO ia_system;

GRANT CREATE ON SCHEMA public TO ia_system;
ALTER FUNCTION public.retire_metrics(timestamptz, timestamptz, integer) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public FROM ia_system;
REVOKE ALL ON FUNCTION public.retire_metrics(timestamptz, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.retire_metrics(timestamptz, timestamptz, integer) TO ia_worker;

DO $$
BEGIN
  IF current_setting('server_version_num')::integer >= 170000 THEN
    GRANT MAINTAIN ON public.metric_rollups TO ia_worker;
  END IF;
END
$$;
