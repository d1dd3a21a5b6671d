-- What the platform's own plugins keep for a tenant beyond a run: small values by key.
CREATE TABLE "plugin_values" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "plugin_values_pkey" PRIMARY KEY ("tenant_id","key"),
    CONSTRAINT "plugin_values_key_bound" CHECK (char_length("key") <= 500),
    CONSTRAINT "plugin_values_value_bound" CHECK (char_length("value") <= 262144)
);

CREATE INDEX "plugin_values_expires_at_idx" ON "plugin_values"("expires_at");

ALTER TABLE "plugin_values" ADD CONSTRAINT "plugin_values_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

SELECT internal.isolate_tenants('public.plugin_values');
GRANT SELECT, INSERT, UPDATE, DELETE ON public.plugin_values TO ia_worker;
GRANT SELECT, UPDATE ("expires_at"), DELETE ON public.plugin_values TO ia_system;

-- Removes some of the values that are over their time; says how many. What is being written it passes over.
CREATE FUNCTION public.forget_expired_values(p_now timestamptz, p_limit integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH expired AS (
    SELECT v.tenant_id, v.key FROM public.plugin_values v
    WHERE v.expires_at <= p_now
    ORDER BY v.expires_at
    LIMIT p_limit
    FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM public.plugin_values v USING expired e
    WHERE (v.tenant_id, v.key) = (e.tenant_id, e.key)
    RETURNING 1
  )
  SELECT count(*)::integer FROM forgotten
$$;

GRANT CREATE ON SCHEMA public TO ia_system;
ALTER FUNCTION public.forget_expired_values(timestamptz, integer) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public FROM ia_system;
REVOKE ALL ON FUNCTION public.forget_expired_values(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.forget_expired_values(timestamptz, integer) TO ia_worker;
