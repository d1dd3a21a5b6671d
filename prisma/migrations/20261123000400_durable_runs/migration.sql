-- AlterTable
ALTER TABLE "pipelines" ADD COLUMN "max_concurrent_runs" INTEGER;

-- AlterTable
ALTER TABLE "runs" ADD COLUMN "archive_key" TEXT,
ADD COLUMN "cost_usd" DOUBLE PRECISION NOT NULL DEFAULT 0,
ADD COLUMN "depth" SMALLINT NOT NULL DEFAULT 0,
ADD COLUMN "is_parked" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "origin_kind" TEXT,
ADD COLUMN "origin_run_id" UUID,
ADD COLUMN "parent_key" TEXT,
ADD COLUMN "parent_run_id" UUID,
ADD COLUMN "priority" SMALLINT NOT NULL DEFAULT 0,
ADD COLUMN "pruned_at" TIMESTAMPTZ(3),
ADD COLUMN "recovered_seq" BIGINT,
ADD COLUMN "recoveries" SMALLINT NOT NULL DEFAULT 0,
ADD COLUMN "setup" JSON,
ADD COLUMN "wake_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "worker_leases" ADD COLUMN "report" JSONB;

-- CreateTable
CREATE TABLE "tenant_limits" (
    "tenant_id" UUID NOT NULL,
    "weight" INTEGER NOT NULL DEFAULT 1,
    "max_concurrent_runs" INTEGER,
    "max_concurrent_tasks" INTEGER,
    "max_runs_per_minute" INTEGER,
    "retention_days" INTEGER,
    "archives_logs" BOOLEAN NOT NULL DEFAULT false,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_limits_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "run_snapshots" (
    "run_id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "format" TEXT NOT NULL,
    "state" BYTEA NOT NULL,

    CONSTRAINT "run_snapshots_pkey" PRIMARY KEY ("run_id")
);

-- CreateTable
CREATE TABLE "approvals" (
    "tenant_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "step_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "request" JSON NOT NULL,
    "assignees" TEXT[],
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "deadline_at" TIMESTAMPTZ(3),
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "approvals_pkey" PRIMARY KEY ("run_id","key")
);

-- CreateTable
CREATE TABLE "schedules" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "cron" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "parameters" JSON NOT NULL,
    "priority" SMALLINT NOT NULL DEFAULT 0,
    "catch_up" TEXT NOT NULL DEFAULT 'latest',
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "next_at" TIMESTAMPTZ(3),
    "last_at" TIMESTAMPTZ(3),
    "problem" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "schedules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhooks" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "secret" BYTEA NOT NULL,
    "priority" SMALLINT NOT NULL DEFAULT 0,
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "last_received_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhooks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "tenant_id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "delivery" TEXT NOT NULL,
    "run_id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("webhook_id","delivery")
);

-- CreateTable
CREATE TABLE "event_triggers" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "source_pipeline_id" UUID,
    "statuses" TEXT[],
    "plugin_name" TEXT,
    "parameters" JSON NOT NULL,
    "priority" SMALLINT NOT NULL DEFAULT 0,
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "problem" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_triggers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trigger_events" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "trigger_id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "event" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "trigger_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "step_results" (
    "tenant_id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "step_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "output" JSON NOT NULL,
    "size_bytes" INTEGER NOT NULL,
    "stored_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "step_results_pkey" PRIMARY KEY ("tenant_id","pipeline_id","step_id","key")
);

-- CreateTable
CREATE TABLE "router_arms" (
    "tenant_id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "step_id" TEXT NOT NULL,
    "context" TEXT NOT NULL,
    "arm" TEXT NOT NULL,
    "pulls" BIGINT NOT NULL,
    "reward" DOUBLE PRECISION NOT NULL,
    "rewarded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "router_arms_pkey" PRIMARY KEY ("tenant_id","pipeline_id","step_id","context","arm")
);

-- CreateIndex
CREATE INDEX "approvals_tenant_id_status_requested_at_idx" ON "approvals"("tenant_id", "status", "requested_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "schedules_tenant_id_id_key" ON "schedules"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "schedules_tenant_id_pipeline_id_name_key" ON "schedules"("tenant_id", "pipeline_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "webhooks_tenant_id_id_key" ON "webhooks"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "webhooks_tenant_id_pipeline_id_name_key" ON "webhooks"("tenant_id", "pipeline_id", "name");

-- CreateIndex
CREATE INDEX "webhook_deliveries_received_at_idx" ON "webhook_deliveries"("received_at");

-- CreateIndex
CREATE UNIQUE INDEX "event_triggers_tenant_id_id_key" ON "event_triggers"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "event_triggers_tenant_id_pipeline_id_name_key" ON "event_triggers"("tenant_id", "pipeline_id", "name");

-- CreateIndex
CREATE INDEX "step_results_tenant_id_stored_at_idx" ON "step_results"("tenant_id", "stored_at");

-- CreateIndex
CREATE INDEX "step_results_expires_at_idx" ON "step_results"("expires_at");

-- CreateIndex
CREATE INDEX "router_arms_tenant_id_rewarded_at_idx" ON "router_arms"("tenant_id", "rewarded_at");

-- AddForeignKey
ALTER TABLE "tenant_limits" ADD CONSTRAINT "tenant_limits_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_snapshots" ADD CONSTRAINT "run_snapshots_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "runs"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "runs"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_tenant_id_pipeline_id_fkey" FOREIGN KEY ("tenant_id", "pipeline_id") REFERENCES "pipelines"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_tenant_id_pipeline_id_fkey" FOREIGN KEY ("tenant_id", "pipeline_id") REFERENCES "pipelines"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_tenant_id_webhook_id_fkey" FOREIGN KEY ("tenant_id", "webhook_id") REFERENCES "webhooks"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event_triggers" ADD CONSTRAINT "event_triggers_tenant_id_pipeline_id_fkey" FOREIGN KEY ("tenant_id", "pipeline_id") REFERENCES "pipelines"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trigger_events" ADD CONSTRAINT "trigger_events_tenant_id_trigger_id_fkey" FOREIGN KEY ("tenant_id", "trigger_id") REFERENCES "event_triggers"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "step_results" ADD CONSTRAINT "step_results_tenant_id_pipeline_id_fkey" FOREIGN KEY ("tenant_id", "pipeline_id") REFERENCES "pipelines"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "router_arms" ADD CONSTRAINT "router_arms_tenant_id_pipeline_id_fkey" FOREIGN KEY ("tenant_id", "pipeline_id") REFERENCES "pipelines"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What the Prisma schema can't say.

ALTER TABLE "tenant_limits" ADD CONSTRAINT "tenant_limits_check" CHECK (
  "weight" BETWEEN 1 AND 1000 AND "max_concurrent_runs" > 0 AND "max_concurrent_tasks" > 0
  AND "max_runs_per_minute" > 0 AND "retention_days" >= 0);
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_limits_check" CHECK ("max_concurrent_runs" > 0);
ALTER TABLE "runs" ADD CONSTRAINT "runs_origin_check" CHECK ("origin_kind" IN ('fork', 'retry', 'replay'));
ALTER TABLE "runs" ADD CONSTRAINT "runs_priority_check" CHECK ("priority" BETWEEN -100 AND 100);
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_status_check"
  CHECK ("status" IN ('open', 'approved', 'rejected', 'expired', 'canceled'));
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_catch_up_check" CHECK ("catch_up" IN ('skip', 'latest', 'all'));
ALTER TABLE "event_triggers" ADD CONSTRAINT "event_triggers_event_check"
  CHECK ("event" IN ('run_ended', 'plugin_published'));

-- The worker's queues hold few rows of a large table.
DROP INDEX "runs_claimable_idx";
DROP INDEX "runs_open_idx";
-- A point of priority is worth a minute of waiting.
CREATE INDEX "runs_claimable_idx" ON "runs"
  ("tenant_id", (("created_at" AT TIME ZONE 'UTC') - "priority" * interval '1 minute'), "id")
  WHERE "status" = 'pending' AND "last_seq" = 0;
CREATE INDEX "runs_open_idx" ON "runs" ("tenant_id", "created_at", "id")
  WHERE "status" IN ('running', 'waiting') AND NOT "is_parked";
CREATE INDEX "runs_due_idx" ON "runs" ("wake_at") WHERE "is_parked" AND "wake_at" IS NOT NULL;
CREATE INDEX "runs_prunable_idx" ON "runs" ("tenant_id", "finished_at")
  WHERE "finished_at" IS NOT NULL AND "pruned_at" IS NULL;
CREATE INDEX "runs_children_idx" ON "runs" ("parent_run_id") WHERE "parent_run_id" IS NOT NULL;
CREATE INDEX "runs_descendants_idx" ON "runs" ("origin_run_id") WHERE "origin_run_id" IS NOT NULL;
CREATE INDEX "run_commands_pending_idx" ON "run_commands" ("run_id") WHERE "consumed_at" IS NULL;
CREATE INDEX "audit_log_target_idx" ON "audit_log" ("tenant_id", "target");
CREATE INDEX "trigger_events_tenant_id_id_idx" ON "trigger_events" ("tenant_id", "id");
CREATE INDEX "schedules_due_idx" ON "schedules" ("next_at") WHERE "is_enabled" AND "next_at" IS NOT NULL;

-- Each tenant has its limits from its first moment.
INSERT INTO "tenant_limits" ("tenant_id") SELECT "id" FROM "tenants";

CREATE FUNCTION internal.give_limits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.tenant_limits (tenant_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

SELECT internal.isolate_tenants(tenant_table)
FROM unnest(ARRAY[
  'public.tenant_limits', 'public.run_snapshots', 'public.approvals', 'public.schedules', 'public.webhooks',
  'public.webhook_deliveries', 'public.event_triggers', 'public.trigger_events', 'public.step_results',
  'public.router_arms'
]::regclass[]) AS tenant_table;

-- The end of a run, in the transaction that ends it: who waits above it is told, and triggers get their events.
CREATE FUNCTION internal.announce_run_end() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  chain integer := coalesce((NEW.trigger ->> 'chain')::integer, 0);
BEGIN
  IF NEW.parent_run_id IS NOT NULL THEN
    INSERT INTO public.run_commands (tenant_id, run_id, kind, payload, requested_by)
    SELECT NEW.tenant_id, NEW.parent_run_id, 'child_ended',
      jsonb_build_object('key', NEW.parent_key, 'runId', NEW.id), 'run:' || NEW.id
    FROM public.runs parent WHERE parent.id = NEW.parent_run_id AND parent.finished_at IS NULL;
    PERFORM pg_notify('run_inbox', '');
  END IF;
  IF NOT EXISTS (SELECT FROM public.event_triggers t WHERE t.tenant_id = NEW.tenant_id) THEN RETURN NULL; END IF;
  INSERT INTO public.trigger_events (tenant_id, trigger_id, subject, event)
  SELECT t.tenant_id, t.id, 'run:' || NEW.id, jsonb_build_object('type', 'run_ended', 'runId', NEW.id,
    'pipelineId', NEW.pipeline_id, 'status', NEW.status, 'chain', chain + 1)
  FROM public.event_triggers t
  WHERE t.tenant_id = NEW.tenant_id AND t.is_enabled AND t.event = 'run_ended'
    AND (cardinality(t.statuses) = 0 OR NEW.status = ANY (t.statuses))
    AND (t.source_pipeline_id = NEW.pipeline_id OR (t.source_pipeline_id IS NULL AND t.pipeline_id <> NEW.pipeline_id));
  IF FOUND THEN PERFORM pg_notify('run_inbox', 'triggers'); END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.announce_plugin_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.trigger_events (tenant_id, trigger_id, subject, event)
  SELECT t.tenant_id, t.id, 'plugin:' || NEW.plugin_name || '@' || NEW.version, jsonb_build_object(
    'type', 'plugin_published', 'plugin', NEW.plugin_name, 'version', NEW.version, 'chain', 1)
  FROM public.event_triggers t
  WHERE t.is_enabled AND t.event = 'plugin_published' AND (t.plugin_name IS NULL OR t.plugin_name = NEW.plugin_name)
    AND (NEW.visibility = 'public' OR t.tenant_id = NEW.tenant_id);
  IF FOUND THEN PERFORM pg_notify('run_inbox', 'triggers'); END IF;
  RETURN NULL;
END
$$;

DROP FUNCTION public.claimable_runs(integer);
DROP FUNCTION public.open_runs();

-- The first runs of every tenant that has any, apart from those that are known or may not begin now.
CREATE FUNCTION public.claimable_runs(p_limit integer, p_known uuid[], p_full_tenants uuid[], p_full_pipelines uuid[])
RETURNS TABLE (run_id uuid, tenant_id uuid, pipeline_id uuid, priority smallint, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH RECURSIVE waiting AS (
    (SELECT r.tenant_id FROM public.runs r WHERE r.status = 'pending' AND r.last_seq = 0 ORDER BY r.tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT r.tenant_id FROM public.runs r
      WHERE r.status = 'pending' AND r.last_seq = 0 AND r.tenant_id > w.tenant_id ORDER BY r.tenant_id LIMIT 1)
    FROM waiting w WHERE w.tenant_id IS NOT NULL
  )
  SELECT f.id, f.tenant_id, f.pipeline_id, f.priority, f.created_at
  FROM waiting w
  CROSS JOIN LATERAL (
    SELECT r.id, r.tenant_id, r.pipeline_id, r.priority, r.created_at FROM public.runs r
    WHERE r.tenant_id = w.tenant_id AND r.status = 'pending' AND r.last_seq = 0
      AND r.id <> ALL (p_known) AND r.pipeline_id <> ALL (p_full_pipelines)
    ORDER BY (r.created_at AT TIME ZONE 'UTC') - r.priority * interval '1 minute', r.id
    LIMIT p_limit
  ) f
  WHERE w.tenant_id IS NOT NULL AND w.tenant_id <> ALL (p_full_tenants)
$$;

-- Runs that somebody has to work on, but those that nobody has begun.
CREATE FUNCTION public.open_runs() RETURNS TABLE (run_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id, r.tenant_id FROM public.runs r
  WHERE r.status IN ('running', 'waiting') AND NOT r.is_parked
  ORDER BY r.created_at, r.id
$$;

CREATE FUNCTION public.due_runs(p_until timestamptz, p_limit integer) RETURNS TABLE (run_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id, r.tenant_id FROM public.runs r
  WHERE r.is_parked AND r.wake_at IS NOT NULL AND r.wake_at <= p_until
  ORDER BY r.wake_at
  LIMIT p_limit
$$;

-- Commands that a run can take, behind one of them; what comes before a run begins waits until it does.
CREATE OR REPLACE FUNCTION public.pending_run_commands(p_after bigint, p_limit integer)
RETURNS TABLE (id bigint, tenant_id uuid, run_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.id, c.tenant_id, c.run_id FROM public.run_commands c JOIN public.runs r ON r.id = c.run_id
  WHERE c.consumed_at IS NULL AND c.id > p_after AND (r.last_seq > 0 OR r.status <> 'pending' OR c.kind = 'cancel')
  ORDER BY c.id
  LIMIT p_limit
$$;

CREATE FUNCTION public.pending_commands_of(p_runs uuid[]) RETURNS TABLE (id bigint, tenant_id uuid, run_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.id, c.tenant_id, c.run_id FROM public.run_commands c
  WHERE c.consumed_at IS NULL AND c.run_id = ANY (p_runs)
  ORDER BY c.id
$$;

-- When a parked run or a schedule is next due.
CREATE FUNCTION public.next_due_at() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT least(
    (SELECT r.wake_at FROM public.runs r WHERE r.is_parked AND r.wake_at IS NOT NULL ORDER BY r.wake_at LIMIT 1),
    (SELECT s.next_at FROM public.schedules s WHERE s.is_enabled AND s.next_at IS NOT NULL ORDER BY s.next_at LIMIT 1))
$$;

CREATE FUNCTION public.due_schedules(p_until timestamptz, p_limit integer) RETURNS TABLE (id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT s.id, s.tenant_id FROM public.schedules s
  WHERE s.is_enabled AND s.next_at IS NOT NULL AND s.next_at <= p_until
  ORDER BY s.next_at
  LIMIT p_limit
$$;

-- Of every tenant the first ones, in turn: what one has piled up stands before nobody else's.
CREATE FUNCTION public.pending_trigger_events(p_limit integer) RETURNS TABLE (id bigint, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH RECURSIVE waiting AS (
    (SELECT e.tenant_id FROM public.trigger_events e ORDER BY e.tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.tenant_id FROM public.trigger_events e WHERE e.tenant_id > w.tenant_id ORDER BY e.tenant_id LIMIT 1)
    FROM waiting w WHERE w.tenant_id IS NOT NULL
  )
  SELECT f.id, w.tenant_id
  FROM waiting w
  CROSS JOIN LATERAL (
    SELECT e.id, row_number() OVER (ORDER BY e.id) AS turn FROM public.trigger_events e
    WHERE e.tenant_id = w.tenant_id ORDER BY e.id LIMIT p_limit
  ) f
  WHERE w.tenant_id IS NOT NULL
  ORDER BY f.turn, f.id
  LIMIT p_limit
$$;

CREATE FUNCTION public.limits_of_tenants() RETURNS TABLE (tenant_id uuid, weight integer, max_concurrent_runs integer,
  max_concurrent_tasks integer, max_runs_per_minute integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT l.tenant_id, l.weight, l.max_concurrent_runs, l.max_concurrent_tasks, l.max_runs_per_minute
  FROM public.tenant_limits l
  WHERE (l.weight, l.max_concurrent_runs, l.max_concurrent_tasks, l.max_runs_per_minute)
    IS DISTINCT FROM (1, NULL::integer, NULL::integer, NULL::integer)
$$;

CREATE FUNCTION public.limits_of_pipelines() RETURNS TABLE (pipeline_id uuid, tenant_id uuid, max_concurrent_runs integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.id, p.tenant_id, p.max_concurrent_runs FROM public.pipelines p WHERE p.max_concurrent_runs IS NOT NULL
$$;

-- Ended runs whose logs are older than their tenant keeps them.
CREATE FUNCTION public.prunable_runs(p_now timestamptz, p_limit integer)
RETURNS TABLE (run_id uuid, tenant_id uuid, archives_logs boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT f.id, l.tenant_id, l.archives_logs
  FROM public.tenant_limits l
  CROSS JOIN LATERAL (
    SELECT r.id FROM public.runs r
    WHERE r.tenant_id = l.tenant_id AND r.finished_at IS NOT NULL AND r.pruned_at IS NULL
      AND r.finished_at < p_now - make_interval(days => l.retention_days)
    ORDER BY r.finished_at
    LIMIT p_limit
  ) f
  WHERE l.retention_days IS NOT NULL
  LIMIT p_limit
$$;

CREATE FUNCTION public.forget_webhook_deliveries(p_before timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  DELETE FROM public.webhook_deliveries WHERE received_at < p_before
$$;

-- Removes some of the results that are over their time; says how many. What the worker is just writing it passes over.
CREATE FUNCTION public.forget_expired_results(p_now timestamptz, p_limit integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH expired AS (
    SELECT r.tenant_id, r.pipeline_id, r.step_id, r.key FROM public.step_results r
    WHERE r.expires_at <= p_now
    ORDER BY r.expires_at
    LIMIT p_limit
    FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM public.step_results r USING expired e
    WHERE (r.tenant_id, r.pipeline_id, r.step_id, r.key) = (e.tenant_id, e.pipeline_id, e.step_id, e.key)
    RETURNING 1
  )
  SELECT count(*)::integer FROM forgotten
$$;

-- Whose webhook this is; whoever calls it has to prove that they know the secret.
CREATE FUNCTION public.find_webhook(p_id uuid)
RETURNS TABLE (tenant_id uuid, pipeline_id uuid, secret bytea, is_enabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT w.tenant_id, w.pipeline_id, w.secret, w.is_enabled FROM public.webhooks w WHERE w.id = p_id
$$;

-- What only the operator of the platform may set; the caller checks that.
CREATE FUNCTION public.set_tenant_limits(p_tenant_id uuid, p_weight integer, p_max_concurrent_runs integer,
  p_max_concurrent_tasks integer, p_max_runs_per_minute integer) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE public.tenant_limits SET weight = p_weight, max_concurrent_runs = p_max_concurrent_runs,
    max_concurrent_tasks = p_max_concurrent_tasks, max_runs_per_minute = p_max_runs_per_minute, updated_at = now()
  WHERE tenant_id = p_tenant_id
  RETURNING true
$$;

GRANT CREATE ON SCHEMA public, internal TO ia_system;
ALTER FUNCTION internal.give_limits() OWNER TO ia_system;
ALTER FUNCTION internal.announce_run_end() OWNER TO ia_system;
ALTER FUNCTION internal.announce_plugin_version() OWNER TO ia_system;
ALTER FUNCTION public.claimable_runs(integer, uuid[], uuid[], uuid[]) OWNER TO ia_system;
ALTER FUNCTION public.open_runs() OWNER TO ia_system;
ALTER FUNCTION public.due_runs(timestamptz, integer) OWNER TO ia_system;
ALTER FUNCTION public.pending_commands_of(uuid[]) OWNER TO ia_system;
ALTER FUNCTION public.next_due_at() OWNER TO ia_system;
ALTER FUNCTION public.due_schedules(timestamptz, integer) OWNER TO ia_system;
ALTER FUNCTION public.pending_trigger_events(integer) OWNER TO ia_system;
ALTER FUNCTION public.limits_of_tenants() OWNER TO ia_system;
ALTER FUNCTION public.limits_of_pipelines() OWNER TO ia_system;
ALTER FUNCTION public.prunable_runs(timestamptz, integer) OWNER TO ia_system;
ALTER FUNCTION public.forget_webhook_deliveries(timestamptz) OWNER TO ia_system;
ALTER FUNCTION public.forget_expired_results(timestamptz, integer) OWNER TO ia_system;
ALTER FUNCTION public.find_webhook(uuid) OWNER TO ia_system;
ALTER FUNCTION public.set_tenant_limits(uuid, integer, integer, integer, integer) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public, internal FROM PUBLIC;

GRANT EXECUTE ON FUNCTION public.claimable_runs(integer, uuid[], uuid[], uuid[]), public.open_runs(),
  public.due_runs(timestamptz, integer), public.pending_commands_of(uuid[]), public.next_due_at(), public.due_schedules(timestamptz, integer),
  public.pending_trigger_events(integer), public.limits_of_tenants(), public.limits_of_pipelines(),
  public.prunable_runs(timestamptz, integer), public.forget_webhook_deliveries(timestamptz),
  public.forget_expired_results(timestamptz, integer) TO ia_worker;
GRANT EXECUTE ON FUNCTION public.find_webhook(uuid),
  public.set_tenant_limits(uuid, integer, integer, integer, integer) TO ia_app;

GRANT SELECT ON public.tenant_limits, public.approvals, public.trigger_events TO ia_app;
GRANT UPDATE ("retention_days", "archives_logs", "updated_at") ON public.tenant_limits TO ia_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.schedules, public.webhooks, public.event_triggers TO ia_app;
GRANT SELECT, INSERT ON public.webhook_deliveries TO ia_app;
GRANT SELECT ON public.worker_leases TO ia_app;

GRANT INSERT ON public.runs, public.run_commands TO ia_worker;
GRANT UPDATE ("cost_usd", "is_parked", "wake_at", "recoveries", "recovered_seq", "pruned_at", "archive_key") ON public.runs TO ia_worker;
GRANT DELETE ON public.run_event_chunks TO ia_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.run_snapshots TO ia_worker;
GRANT SELECT, INSERT, UPDATE ON public.approvals TO ia_worker;
GRANT SELECT ON public.tenant_limits, public.schedules, public.event_triggers, public.trigger_events TO ia_worker;
GRANT UPDATE ("next_at", "last_at", "problem") ON public.schedules TO ia_worker;
GRANT UPDATE ("problem") ON public.event_triggers TO ia_worker;
GRANT DELETE ON public.trigger_events TO ia_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.step_results, public.router_arms TO ia_worker;

GRANT SELECT ON public.schedules, public.webhooks, public.webhook_deliveries, public.event_triggers, public.trigger_events,
  public.tenant_limits, public.pipelines TO ia_system;
GRANT INSERT, UPDATE ON public.tenant_limits TO ia_system;
GRANT INSERT ON public.run_commands, public.trigger_events TO ia_system;
GRANT DELETE ON public.webhook_deliveries TO ia_system;
GRANT SELECT, UPDATE ("expires_at"), DELETE ON public.step_results TO ia_system;
GRANT USAGE ON SEQUENCE public.run_commands_id_seq, public.trigger_events_id_seq TO ia_system;

-- Fresh tables grow faster than the server looks after them; until it does, plans read all runs of a tenant.
DO $$
BEGIN
  IF current_setting('server_version_num')::integer >= 170000 THEN
    GRANT MAINTAIN ON public.runs, public.run_event_chunks, public.run_commands, public.approvals TO ia_worker;
  END IF;
END
$$;

CREATE TRIGGER give_limits AFTER INSERT ON public.tenants FOR EACH ROW EXECUTE FUNCTION internal.give_limits();
CREATE TRIGGER announce_run_end AFTER UPDATE OF "status" ON public.runs FOR EACH ROW
  WHEN (NEW."finished_at" IS NOT NULL AND OLD."finished_at" IS NULL)
  EXECUTE FUNCTION internal.announce_run_end();
CREATE TRIGGER announce_plugin_version AFTER INSERT ON public.plugin_versions FOR EACH ROW
  EXECUTE FUNCTION internal.announce_plugin_version();
