-- CreateTable
CREATE TABLE "tenant_changes" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "xid" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "kind" TEXT NOT NULL,
    "run_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "pipeline_id" UUID,
    "status" TEXT NOT NULL,
    "wait_reason" TEXT,

    CONSTRAINT "tenant_changes_pkey" PRIMARY KEY ("tenant_id","xid","id")
);

-- CreateIndex
CREATE INDEX "tenant_changes_at_idx" ON "tenant_changes"("at");

-- AddForeignKey
ALTER TABLE "tenant_changes" ADD CONSTRAINT "tenant_changes_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;


ALTER TABLE "tenant_changes" ADD CONSTRAINT "tenant_changes_kind_check" CHECK ("kind" IN ('run', 'approval'));

SELECT internal.isolate_tenants('public.tenant_changes');
GRANT SELECT ON public.tenant_changes TO ia_app;
GRANT SELECT, INSERT, DELETE ON public.tenant_changes TO ia_system;
GRANT USAGE ON SEQUENCE public.tenant_changes_id_seq TO ia_system;

-- Rows are read in the order of their transactions, and only below the oldest transaction that is still at work: so
-- nothing that commits late can come before what a reader has seen. Set operations instead of joins, as a plan that was
-- kept for one row must not be quadratic for a thousand.
-- Who starts a run tells so: a notification makes commits wait for each other, and those who start runs send one anyway.
CREATE FUNCTION internal.note_runs_created() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.tenant_changes (tenant_id, xid, kind, run_id, key, pipeline_id, status, wait_reason)
  SELECT c.tenant_id, pg_current_xact_id()::text::bigint, 'run', c.id, '', c.pipeline_id, c.status, c.wait_reason
  FROM created c;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.note_runs_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  told integer;
BEGIN
  WITH noted AS (
    INSERT INTO public.tenant_changes (tenant_id, xid, kind, run_id, key, pipeline_id, status, wait_reason)
    SELECT c.tenant_id, pg_current_xact_id()::text::bigint, 'run', c.id, '', c.pipeline_id, c.status, c.wait_reason
    FROM (SELECT tenant_id, id, pipeline_id, status, wait_reason FROM changed
      EXCEPT SELECT tenant_id, id, pipeline_id, status, wait_reason FROM previous) c
    RETURNING tenant_id
  )
  SELECT count(pg_notify('tenant_changes', n.tenant_id::text)) FROM (SELECT DISTINCT tenant_id FROM noted) n
  INTO told;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.note_approvals_opened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.tenant_changes (tenant_id, xid, kind, run_id, key, status)
  SELECT c.tenant_id, pg_current_xact_id()::text::bigint, 'approval', c.run_id, c.key, c.status FROM created c;
  PERFORM pg_notify('tenant_changes', c.tenant_id::text) FROM (SELECT DISTINCT tenant_id FROM created) c;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.note_approvals_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  told integer;
BEGIN
  WITH noted AS (
    INSERT INTO public.tenant_changes (tenant_id, xid, kind, run_id, key, status)
    SELECT c.tenant_id, pg_current_xact_id()::text::bigint, 'approval', c.run_id, c.key, c.status
    FROM (SELECT tenant_id, run_id, key, status FROM changed EXCEPT SELECT tenant_id, run_id, key, status FROM previous) c
    RETURNING tenant_id
  )
  SELECT count(pg_notify('tenant_changes', n.tenant_id::text)) FROM (SELECT DISTINCT tenant_id FROM noted) n
  INTO told;
  RETURN NULL;
END
$$;

-- Removes some of the changes that are older; says how many.
CREATE FUNCTION public.forget_tenant_changes(p_before timestamptz, p_limit integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH old AS (
    SELECT c.tenant_id, c.xid, c.id FROM public.tenant_changes c WHERE c.at < p_before ORDER BY c.at LIMIT p_limit
  ), forgotten AS (
    DELETE FROM public.tenant_changes c USING old o
    WHERE (c.tenant_id, c.xid, c.id) = (o.tenant_id, o.xid, o.id)
    RETURNING 1
  )
  SELECT count(*)::integer FROM forgotten
$$;

GRANT CREATE ON SCHEMA public, internal TO ia_system;
ALTER FUNCTION internal.note_runs_created() OWNER TO ia_system;
ALTER FUNCTION internal.note_runs_changed() OWNER TO ia_system;
ALTER FUNCTION internal.note_approvals_opened() OWNER TO ia_system;
ALTER FUNCTION internal.note_approvals_changed() OWNER TO ia_system;
ALTER FUNCTION public.forget_tenant_changes(timestamptz, integer) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;
REVOKE ALL ON FUNCTION internal.note_runs_created(), internal.note_runs_changed(), internal.note_approvals_opened(),
  internal.note_approvals_changed(), public.forget_tenant_changes(timestamptz, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.forget_tenant_changes(timestamptz, integer) TO ia_worker;

CREATE TRIGGER note_runs_created AFTER INSERT ON public.runs
  REFERENCING NEW TABLE AS created FOR EACH STATEMENT EXECUTE FUNCTION internal.note_runs_created();
CREATE TRIGGER note_runs_changed AFTER UPDATE ON public.runs
  REFERENCING OLD TABLE AS previous NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION internal.note_runs_changed();
CREATE TRIGGER note_approvals_opened AFTER INSERT ON public.approvals
  REFERENCING NEW TABLE AS created FOR EACH STATEMENT EXECUTE FUNCTION internal.note_approvals_opened();
CREATE TRIGGER note_approvals_changed AFTER UPDATE ON public.approvals
  REFERENCING OLD TABLE AS previous NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION internal.note_approvals_changed();
