-- AlterTable
-- What is there already was sealed without noting with which key: each is tried.
ALTER TABLE "webhooks" ADD COLUMN     "key_id" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "pipeline_versions" ADD COLUMN     "secret_names" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "secrets" ADD COLUMN     "tested_at" TIMESTAMPTZ(3),
ADD COLUMN     "tests" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "webhooks_key_id_id_idx" ON "webhooks"("key_id", "id");

-- CreateIndex
CREATE INDEX "secret_versions_key_id_secret_id_version_idx" ON "secret_versions"("key_id", "secret_id", "version");

-- Most pipelines name no secret.
CREATE INDEX "pipeline_versions_secrets_idx" ON public.pipeline_versions (tenant_id, pipeline_id, revision)
  WHERE secret_names <> '{}';

GRANT SELECT ON public.secret_versions TO ia_system;

DROP FUNCTION public.find_webhook(uuid);
CREATE FUNCTION public.find_webhook(p_id uuid)
RETURNS TABLE (tenant_id uuid, pipeline_id uuid, secret bytea, key_id text, is_enabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT w.tenant_id, w.pipeline_id, w.secret, w.key_id, w.is_enabled FROM public.webhooks w WHERE w.id = p_id
$$;

-- For the rotation of the platform's key: which rows another key has sealed, of whatever tenant. The rows themselves are
-- read and written tenant by tenant.
CREATE FUNCTION public.secret_versions_to_reseal(
  p_key_id text, p_after_key_id text, p_after_id uuid, p_after_version integer, p_limit integer)
RETURNS TABLE (tenant_id uuid, id uuid, version integer, key_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT v.tenant_id, v.secret_id, v.version, v.key_id FROM public.secret_versions v
  WHERE v.key_id <> p_key_id AND (v.key_id, v.secret_id, v.version) > (p_after_key_id, p_after_id, p_after_version)
  ORDER BY v.key_id, v.secret_id, v.version
  LIMIT p_limit
$$;

CREATE FUNCTION public.webhooks_to_reseal(p_key_id text, p_after_key_id text, p_after_id uuid, p_limit integer)
RETURNS TABLE (tenant_id uuid, id uuid, key_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT w.tenant_id, w.id, w.key_id FROM public.webhooks w
  WHERE w.key_id <> p_key_id AND (w.key_id, w.id) > (p_after_key_id, p_after_id)
  ORDER BY w.key_id, w.id
  LIMIT p_limit
$$;

GRANT CREATE ON SCHEMA public TO ia_system;
ALTER FUNCTION public.find_webhook(uuid) OWNER TO ia_system;
ALTER FUNCTION public.secret_versions_to_reseal(text, text, uuid, integer, integer) OWNER TO ia_system;
ALTER FUNCTION public.webhooks_to_reseal(text, text, uuid, integer) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public FROM ia_system;

REVOKE ALL ON FUNCTION public.find_webhook(uuid), public.secret_versions_to_reseal(text, text, uuid, integer, integer),
  public.webhooks_to_reseal(text, text, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.find_webhook(uuid), public.secret_versions_to_reseal(text, text, uuid, integer, integer),
  public.webhooks_to_reseal(text, text, uuid, integer) TO ia_app;
