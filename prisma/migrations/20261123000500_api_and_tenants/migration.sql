-- AlterTable
ALTER TABLE "tenants" ADD COLUMN     "deleted_at" TIMESTAMPTZ(3),
ADD COLUMN     "deleted_by" TEXT,
ADD COLUMN     "erase_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "tenant_limits" ADD COLUMN     "max_events_per_day" BIGINT,
ADD COLUMN     "max_members" INTEGER,
ADD COLUMN     "max_pipelines" INTEGER,
ADD COLUMN     "max_plugins" INTEGER,
ADD COLUMN     "max_runs_per_day" INTEGER,
ADD COLUMN     "max_storage_bytes" BIGINT;

-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "is_metered" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "api_tokens" ADD COLUMN     "replaced_by_id" UUID,
ADD COLUMN     "service_account_id" UUID;

-- AlterTable
-- What is there already was hashed without the origin.
ALTER TABLE "audit_log" ADD COLUMN     "format" SMALLINT NOT NULL DEFAULT 1,
ADD COLUMN     "origin" JSONB;
ALTER TABLE "audit_log" ALTER COLUMN "format" SET DEFAULT 2;

-- CreateTable
CREATE TABLE "run_log_chunks" (
    "tenant_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "first_seq" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,
    "lines" JSON NOT NULL,

    CONSTRAINT "run_log_chunks_pkey" PRIMARY KEY ("run_id","first_seq")
);

-- CreateTable
CREATE TABLE "metric_rollups" (
    "tenant_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "seconds" INTEGER NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "step_id" TEXT NOT NULL,
    "uses" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "retries" BIGINT NOT NULL,
    "duration_ms" DOUBLE PRECISION NOT NULL,
    "cost_usd" DOUBLE PRECISION NOT NULL,
    "histogram" JSONB NOT NULL,

    CONSTRAINT "metric_rollups_pkey" PRIMARY KEY ("tenant_id","at","seconds","pipeline_id","step_id","uses","status")
);

-- CreateTable
CREATE TABLE "benchmark_reports" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "report" JSONB NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "benchmark_reports_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "secrets" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "current_version" INTEGER NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "secrets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "secret_versions" (
    "tenant_id" UUID NOT NULL,
    "secret_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "key_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "secret_versions_pkey" PRIMARY KEY ("secret_id","version")
);

-- CreateTable
CREATE TABLE "tenant_usage" (
    "tenant_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "kind" TEXT NOT NULL,
    "events" BIGINT NOT NULL,
    "bytes" BIGINT NOT NULL,

    CONSTRAINT "tenant_usage_pkey" PRIMARY KEY ("tenant_id","day","kind")
);

-- CreateTable
CREATE TABLE "feature_flags" (
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "is_enabled" BOOLEAN NOT NULL,
    "updated_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "feature_flags_pkey" PRIMARY KEY ("tenant_id","name")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "tenant_id" UUID NOT NULL,
    "principal" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "result" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id","principal","key")
);

-- CreateTable
CREATE TABLE "service_accounts" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "service_accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_heads" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_heads_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "erased_tenants" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "export_key" TEXT,
    "erased_by" TEXT NOT NULL,
    "erased_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "audit_seq" BIGINT NOT NULL,
    "audit_hash" TEXT NOT NULL,

    CONSTRAINT "erased_tenants_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "benchmark_reports_tenant_id_name_created_at_id_idx" ON "benchmark_reports"("tenant_id", "name", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "benchmark_reports_tenant_id_id_key" ON "benchmark_reports"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "secrets_tenant_id_id_key" ON "secrets"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "secrets_tenant_id_name_key" ON "secrets"("tenant_id", "name");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "service_accounts_tenant_id_id_key" ON "service_accounts"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "service_accounts_tenant_id_name_key" ON "service_accounts"("tenant_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "erased_tenants_slug_key" ON "erased_tenants"("slug");

-- AddForeignKey
ALTER TABLE "run_log_chunks" ADD CONSTRAINT "run_log_chunks_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "runs"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "metric_rollups" ADD CONSTRAINT "metric_rollups_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "benchmark_reports" ADD CONSTRAINT "benchmark_reports_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "secrets" ADD CONSTRAINT "secrets_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "secret_versions" ADD CONSTRAINT "secret_versions_tenant_id_secret_id_fkey" FOREIGN KEY ("tenant_id", "secret_id") REFERENCES "secrets"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tenant_usage" ADD CONSTRAINT "tenant_usage_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feature_flags" ADD CONSTRAINT "feature_flags_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service_accounts" ADD CONSTRAINT "service_accounts_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_tenant_id_service_account_id_fkey" FOREIGN KEY ("tenant_id", "service_account_id") REFERENCES "service_accounts"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_heads" ADD CONSTRAINT "audit_heads_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By status; most runs have succeeded, and those are found along the index of all.
CREATE INDEX "runs_by_status_idx" ON public.runs (tenant_id, status, created_at DESC, id DESC) WHERE status <> 'succeeded';
CREATE INDEX "runs_unmetered_idx" ON public.runs (finished_at) WHERE finished_at IS NOT NULL AND NOT is_metered;
CREATE INDEX "api_tokens_service_account_idx" ON public.api_tokens (tenant_id, service_account_id)
  WHERE service_account_id IS NOT NULL;
CREATE INDEX "tenants_to_erase_idx" ON public.tenants (erase_at) WHERE erase_at IS NOT NULL;

INSERT INTO public.audit_heads (tenant_id, seq, hash)
SELECT DISTINCT ON (a.tenant_id) a.tenant_id, a.seq, a.hash
FROM public.audit_log a JOIN public.tenants t ON t.id = a.tenant_id
ORDER BY a.tenant_id, a.seq DESC;

SELECT internal.isolate_tenants(tenant_table)
FROM unnest(ARRAY[
  'public.run_log_chunks', 'public.metric_rollups', 'public.benchmark_reports', 'public.secrets',
  'public.secret_versions', 'public.tenant_usage', 'public.feature_flags', 'public.idempotency_keys',
  'public.service_accounts', 'public.audit_heads'
]::regclass[]) AS tenant_table;

-- Tenants that are gone belong to nobody: only ia_system looks.
ALTER TABLE public.erased_tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.erased_tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY across_tenants ON public.erased_tenants TO ia_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON public.erased_tenants TO ia_system;

GRANT SELECT ON public.run_log_chunks, public.metric_rollups, public.tenant_usage TO ia_app;
GRANT SELECT, INSERT, DELETE ON public.benchmark_reports TO ia_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.secrets, public.feature_flags TO ia_app;
GRANT SELECT, INSERT, DELETE ON public.secret_versions, public.idempotency_keys TO ia_app;
GRANT UPDATE ("sealed", "key_id") ON public.secret_versions TO ia_app;
GRANT SELECT, INSERT ON public.service_accounts TO ia_app;
GRANT UPDATE ("name", "description", "role", "updated_at", "disabled_at") ON public.service_accounts TO ia_app;
GRANT UPDATE ("expires_at", "replaced_by_id") ON public.api_tokens TO ia_app;
GRANT SELECT, INSERT, UPDATE ON public.audit_heads TO ia_app, ia_registry;
GRANT UPDATE ("deleted_at", "deleted_by", "erase_at") ON public.tenants TO ia_app;

GRANT SELECT, INSERT, DELETE ON public.run_log_chunks TO ia_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.metric_rollups TO ia_worker;
GRANT SELECT ON public.secrets, public.secret_versions, public.tenant_usage, public.feature_flags TO ia_worker;
GRANT UPDATE ("last_used_at") ON public.secrets TO ia_worker;
GRANT UPDATE ("is_metered") ON public.runs TO ia_worker;
GRANT SELECT, INSERT, UPDATE ON public.tenant_usage TO ia_system;
GRANT SELECT ON public.service_accounts TO ia_system;

-- What a tenant writes, in the transaction that writes it. The worker writes in one group commit after another and removes
-- in others: two rows, so that neither waits for the other.
CREATE FUNCTION internal.count_log_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.tenant_usage AS u (tenant_id, day, kind, events, bytes)
  SELECT w.tenant_id, (now() AT TIME ZONE 'UTC')::date, 'written', sum(w.last_seq - w.first_seq + 1),
    sum(pg_column_size(w.events))
  FROM written w GROUP BY w.tenant_id ORDER BY w.tenant_id
  ON CONFLICT (tenant_id, day, kind) DO UPDATE SET events = u.events + excluded.events, bytes = u.bytes + excluded.bytes;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.count_log_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.tenant_usage AS u (tenant_id, day, kind, events, bytes)
  SELECT r.tenant_id, (now() AT TIME ZONE 'UTC')::date, 'removed', sum(r.last_seq - r.first_seq + 1),
    sum(pg_column_size(r.events))
  FROM removed r JOIN public.tenants t ON t.id = r.tenant_id GROUP BY r.tenant_id ORDER BY r.tenant_id
  ON CONFLICT (tenant_id, day, kind) DO UPDATE SET events = u.events + excluded.events, bytes = u.bytes + excluded.bytes;
  RETURN NULL;
END
$$;

CREATE FUNCTION public.unmetered_runs(p_limit integer) RETURNS TABLE (run_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id, r.tenant_id FROM public.runs r
  WHERE r.finished_at IS NOT NULL AND NOT r.is_metered
  ORDER BY r.finished_at
  LIMIT p_limit
$$;

-- A token of a service account has the role of that; one of a person has what the person is in the tenant now. None
-- works in a tenant that is about to be erased.
DROP FUNCTION public.find_api_token(text);
CREATE FUNCTION public.find_api_token(p_hash text) RETURNS TABLE (
  token_id uuid, tenant_id uuid, tenant_slug text, scopes text[], created_by text, creator_role text,
  service_account_id uuid, expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT t.id, t.tenant_id, n.slug, t.scopes, t.created_by, coalesce(s.role, internal.strongest_role(m.role)),
    t.service_account_id, t.expires_at, t.revoked_at
  FROM public.api_tokens t
  JOIN public.tenants n ON n.id = t.tenant_id AND n.deleted_at IS NULL
  LEFT JOIN auth."member" m ON m."organizationId" = t.tenant_id::text AND m."userId" = t.created_by
  LEFT JOIN public.service_accounts s ON s.tenant_id = t.tenant_id AND s.id = t.service_account_id AND s.disabled_at IS NULL
  WHERE t.hash = p_hash AND CASE WHEN t.service_account_id IS NULL THEN m.id IS NOT NULL ELSE s.id IS NOT NULL END
$$;

DROP FUNCTION public.user_tenants(text);
CREATE FUNCTION public.user_tenants(p_user_id text) RETURNS TABLE (
  tenant_id uuid, slug text, name text, role text, deleted_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT n.id, n.slug, n.name, internal.strongest_role(m.role), n.deleted_at
  FROM auth."member" m
  JOIN public.tenants n ON n.id::text = m."organizationId"
  WHERE m."userId" = p_user_id
  ORDER BY n.slug
$$;

-- A slug is given away once: packages carry it.
CREATE OR REPLACE FUNCTION internal.mirror_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF EXISTS (SELECT FROM public.erased_tenants e WHERE e.slug = NEW.slug) THEN
      RAISE EXCEPTION 'The slug belonged to a tenant that is gone.' USING ERRCODE = 'unique_violation';
    END IF;
    INSERT INTO public.tenants (id, slug, name, created_at) VALUES (NEW.id::uuid, NEW.slug, NEW.name, NEW."createdAt");
    RETURN NEW;
  END IF;
  IF NEW.slug <> OLD.slug OR NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'The slug of a tenant never changes: package scopes hang on it.' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE public.tenants SET name = NEW.name WHERE id = NEW.id::uuid;
  RETURN NEW;
END
$$;

-- Payload: the token's hash. Ends the tokens of a service account with it.
CREATE FUNCTION internal.notify_service_account_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('token_revoked', t.hash) FROM public.api_tokens t
  WHERE t.tenant_id = NEW.tenant_id AND t.service_account_id = NEW.id;
  RETURN NULL;
END
$$;

GRANT CREATE ON SCHEMA public, internal TO ia_system;
ALTER FUNCTION internal.count_log_written() OWNER TO ia_system;
ALTER FUNCTION internal.count_log_removed() OWNER TO ia_system;
ALTER FUNCTION internal.notify_service_account_changed() OWNER TO ia_system;
ALTER FUNCTION public.unmetered_runs(integer) OWNER TO ia_system;
ALTER FUNCTION public.find_api_token(text) OWNER TO ia_system;
ALTER FUNCTION public.user_tenants(text) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;

REVOKE ALL ON FUNCTION internal.count_log_written(), internal.count_log_removed(), internal.notify_service_account_changed(),
  public.unmetered_runs(integer), public.find_api_token(text), public.user_tenants(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.unmetered_runs(integer) TO ia_worker;
GRANT EXECUTE ON FUNCTION public.find_api_token(text), public.user_tenants(text) TO ia_app, ia_registry;

CREATE TRIGGER count_log_written AFTER INSERT ON public.run_event_chunks
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION internal.count_log_written();
CREATE TRIGGER count_log_removed AFTER DELETE ON public.run_event_chunks
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION internal.count_log_removed();
CREATE TRIGGER notify_service_account_changed AFTER UPDATE OF "role", "disabled_at" ON public.service_accounts
  FOR EACH ROW EXECUTE FUNCTION internal.notify_service_account_changed();
