-- Rehearsals: what a new version of a plugin makes of inputs that were recorded, beside what the version of then makes of them.

CREATE TABLE "rehearsals" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "to_version" TEXT NOT NULL,
    "to_integrity" TEXT NOT NULL,
    -- Which recorded attempts it takes; null: whichever.
    "pipeline_id" UUID,
    "step_id" TEXT,
    "contribution" TEXT,
    "max_samples" INTEGER NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "error" JSON,
    "requested_by" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    -- Known once the samples are chosen.
    "sample_count" INTEGER,
    -- The process that works on it, until when it may be taken for alive, and how many there have been.
    "holder" UUID,
    "held_until" TIMESTAMPTZ(3),
    "takes" SMALLINT NOT NULL DEFAULT 0,
    CONSTRAINT "rehearsals_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "rehearsals_status_check" CHECK ("status" IN ('pending', 'running', 'succeeded', 'failed', 'canceled')),
    CONSTRAINT "rehearsals_max_samples_check" CHECK ("max_samples" BETWEEN 1 AND 100)
);
ALTER TABLE "rehearsals" ADD CONSTRAINT "rehearsals_tenant_id_fkey" FOREIGN KEY ("tenant_id")
  REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE UNIQUE INDEX "rehearsals_tenant_id_id_key" ON "rehearsals" ("tenant_id", "id");
CREATE INDEX "rehearsals_tenant_id_requested_at_id_idx" ON "rehearsals" ("tenant_id", "requested_at" DESC, "id" DESC);
CREATE INDEX "rehearsals_open_idx" ON "rehearsals" ("requested_at") WHERE "status" IN ('pending', 'running');
CREATE INDEX "rehearsals_finished_at_idx" ON "rehearsals" ("finished_at");
CREATE UNIQUE INDEX "rehearsals_one_running_idx" ON "rehearsals" ("tenant_id") WHERE "status" = 'running';

-- One recorded attempt, with what became of it when it was made again.
CREATE TABLE "rehearsal_samples" (
    "tenant_id" UUID NOT NULL,
    "rehearsal_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "step_id" TEXT,
    "iteration" TEXT,
    "item_index" TEXT,
    "part" TEXT,
    "attempt" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "contribution" TEXT NOT NULL,
    "from_version" TEXT NOT NULL,
    "from_integrity" TEXT NOT NULL,
    -- Where in the log of the run its input, its start and its end stand.
    "scheduled_seq" BIGINT NOT NULL,
    "started_seq" BIGINT NOT NULL,
    "ended_seq" BIGINT NOT NULL,
    -- Null until it is judged.
    "verdict" TEXT,
    "reason" TEXT,
    "input" JSON,
    -- Each {output} or {error}, cut where they are large.
    "recorded" JSON,
    "before" JSON,
    "after" JSON,
    "differences" JSON,
    "difference_count" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "rehearsal_samples_pkey" PRIMARY KEY ("rehearsal_id", "position"),
    CONSTRAINT "rehearsal_samples_verdict_check"
      CHECK ("verdict" IN ('same', 'different', 'new_error', 'cured_error', 'schema_refused', 'not_comparable'))
);
ALTER TABLE "rehearsal_samples" ADD CONSTRAINT "rehearsal_samples_tenant_id_rehearsal_id_fkey"
  FOREIGN KEY ("tenant_id", "rehearsal_id") REFERENCES "rehearsals" ("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

SELECT internal.isolate_tenants(tenant_table)
FROM unnest(ARRAY['public.rehearsals', 'public.rehearsal_samples']::regclass[]) AS tenant_table;

GRANT SELECT, INSERT, DELETE ON public.rehearsals TO ia_app;
GRANT UPDATE ("status", "finished_at") ON public.rehearsals TO ia_app;
GRANT SELECT ON public.rehearsal_samples TO ia_app;
GRANT SELECT ON public.rehearsals TO ia_worker;
GRANT UPDATE ("status", "error", "finished_at", "sample_count", "holder", "held_until") ON public.rehearsals TO ia_worker;
GRANT SELECT, INSERT ON public.rehearsal_samples TO ia_worker;
GRANT UPDATE ("verdict", "reason", "input", "recorded", "before", "after", "differences", "difference_count")
  ON public.rehearsal_samples TO ia_worker;
GRANT UPDATE ("status", "started_at", "holder", "held_until", "takes") ON public.rehearsals TO ia_system;

-- One that waits, or whose process is gone: now of this process. One at a time per tenant, and first of the tenant whose last one
-- began longest ago: who asks for many does not keep others waiting for all of them.
CREATE FUNCTION public.take_rehearsal(p_holder uuid, p_lease_ms integer) RETURNS TABLE (id uuid, tenant_id uuid, takes smallint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE public.rehearsals r
  SET status = 'running', started_at = coalesce(r.started_at, now()), takes = r.takes + 1, holder = p_holder,
    held_until = now() + make_interval(secs => p_lease_ms / 1000.0)
  WHERE r.id = (
    SELECT w.id FROM public.rehearsals w JOIN public.tenants t ON t.id = w.tenant_id
    WHERE t.deleted_at IS NULL AND (
      (w.status = 'running' AND w.held_until < now())
      OR (w.status = 'pending' AND NOT EXISTS (
        SELECT FROM public.rehearsals o WHERE o.tenant_id = w.tenant_id AND o.status = 'running')))
    ORDER BY (SELECT max(o.started_at) FROM public.rehearsals o WHERE o.tenant_id = w.tenant_id AND o.id <> w.id) NULLS FIRST,
      w.requested_at, w.id LIMIT 1
    FOR UPDATE OF w SKIP LOCKED)
  RETURNING r.id, r.tenant_id, r.takes
$$;

-- Removes those that ended before then; says how many.
CREATE FUNCTION public.forget_rehearsals(p_before timestamptz) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH old AS (
    SELECT r.id FROM public.rehearsals r WHERE r.finished_at < p_before LIMIT 100 FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM public.rehearsals r USING old WHERE r.id = old.id RETURNING 1
  )
  SELECT count(*)::integer FROM forgotten
$$;

GRANT CREATE ON SCHEMA public TO ia_system;
ALTER FUNCTION public.take_rehearsal(uuid, integer) OWNER TO ia_system;
ALTER FUNCTION public.forget_rehearsals(timestamptz) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public FROM ia_system;
REVOKE ALL ON FUNCTION public.take_rehearsal(uuid, integer), public.forget_rehearsals(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.take_rehearsal(uuid, integer), public.forget_rehearsals(timestamptz) TO ia_worker;
