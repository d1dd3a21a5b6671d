-- What npm clients ask of the registry: to sign in, to see notices, and names that others own elsewhere.

-- A login that npm has begun and a person confirms in the portal. Neither the code that the person sees nor what npm fetches the
-- token with is here, and the token itself only as what nobody but npm's own secret opens.
CREATE TABLE "registry_logins" (
    "id" UUID NOT NULL,
    -- SHA-256, hex.
    "code_hash" TEXT NOT NULL,
    "poll_hash" TEXT NOT NULL,
    -- X25519, of this login alone: SubjectPublicKeyInfo.
    "public_key" BYTEA NOT NULL,
    -- Which computer asks, as it says itself, and from which address.
    "client_name" TEXT NOT NULL,
    "client_address" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "sealed_token" BYTEA,
    "denied_at" TIMESTAMPTZ(3),
    CONSTRAINT "registry_logins_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "registry_logins_code_hash_key" ON "registry_logins" ("code_hash");
CREATE UNIQUE INDEX "registry_logins_poll_hash_key" ON "registry_logins" ("poll_hash");
CREATE INDEX "registry_logins_expires_at_idx" ON "registry_logins" ("expires_at");

-- Such a token ends with `npm logout`.
ALTER TABLE "api_tokens" ADD COLUMN "is_from_npm_login" BOOLEAN NOT NULL DEFAULT false;

GRANT SELECT, INSERT, UPDATE, DELETE ON public.registry_logins TO ia_system;
GRANT SELECT ON public.tenants, public.erased_tenants, public.takedowns, public.advisories, public.advisory_versions TO ia_system;

-- Opens a login, unless too many are open.
CREATE FUNCTION public.open_registry_login(p_id uuid, p_code_hash text, p_poll_hash text, p_public_key bytea,
  p_client_name text, p_client_address text, p_life interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('registry_logins'));
  DELETE FROM public.registry_logins l WHERE l.expires_at < now();
  IF (SELECT count(*) FROM public.registry_logins) >= 1000 THEN RETURN false; END IF;
  INSERT INTO public.registry_logins (id, code_hash, poll_hash, public_key, client_name, client_address, expires_at)
  VALUES (p_id, p_code_hash, p_poll_hash, p_public_key, p_client_name, p_client_address, now() + p_life);
  RETURN true;
END
$$;

-- What became of a login. One that was answered is gone with this: its token is given away once.
CREATE FUNCTION public.take_registry_login(p_poll_hash text) RETURNS TABLE (is_denied boolean, sealed_token bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH answered AS (
    DELETE FROM public.registry_logins l
    WHERE l.poll_hash = p_poll_hash AND l.expires_at > now() AND (l.sealed_token IS NOT NULL OR l.denied_at IS NOT NULL)
    RETURNING l.denied_at IS NOT NULL AS is_denied, l.sealed_token
  )
  SELECT a.is_denied, a.sealed_token FROM answered a
  UNION ALL
  SELECT false, NULL FROM public.registry_logins l
  WHERE l.poll_hash = p_poll_hash AND l.expires_at > now() AND l.sealed_token IS NULL AND l.denied_at IS NULL
$$;

-- An open login, for whoever knows its code.
CREATE FUNCTION public.find_registry_login(p_code_hash text)
RETURNS TABLE (id uuid, public_key bytea, client_name text, client_address text, created_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT l.id, l.public_key, l.client_name, l.client_address, l.created_at, l.expires_at FROM public.registry_logins l
  WHERE l.code_hash = p_code_hash AND l.expires_at > now() AND l.sealed_token IS NULL AND l.denied_at IS NULL
$$;

-- Answers an open login, with a token or, when there is none, by refusing it. False: it is not open any more.
CREATE FUNCTION public.answer_registry_login(p_id uuid, p_sealed_token bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH answered AS (
    UPDATE public.registry_logins l
    SET sealed_token = p_sealed_token, denied_at = CASE WHEN p_sealed_token IS NULL THEN now() END
    WHERE l.id = p_id AND l.expires_at > now() AND l.sealed_token IS NULL AND l.denied_at IS NULL
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM answered)
$$;

-- Ends a token that an npm login has made; false for any other.
CREATE FUNCTION public.end_npm_login_token(p_token_id uuid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH ended AS (
    UPDATE public.api_tokens t SET revoked_at = coalesce(t.revoked_at, now())
    WHERE t.id = p_token_id AND t.is_from_npm_login
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM ended)
$$;

-- Everything that is taken down or warned about, of all tenants. Without a version: all of them.
CREATE FUNCTION public.standing_blocks() RETURNS TABLE (plugin_name text, version text, severity text, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT t.plugin_name, t.version, NULL, t.reason FROM public.takedowns t WHERE t.lifted_at IS NULL
  UNION ALL
  SELECT v.plugin_name, v.version, a.severity, a.title
  FROM public.advisories a JOIN public.advisory_versions v ON v.advisory_id = a.id
  WHERE a.withdrawn_at IS NULL
$$;

-- Plugins whose notices or latest version the storage of the registry does not have yet.
CREATE FUNCTION public.plugins_behind() RETURNS TABLE (name text, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.name, p.tenant_id FROM public.plugins p WHERE p.is_storage_behind ORDER BY p.name
$$;

-- Whether a scope belongs to a tenant, or has.
CREATE FUNCTION public.is_tenant_scope(p_slug text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM public.tenants t WHERE t.slug = p_slug)
    OR EXISTS (SELECT FROM public.erased_tenants e WHERE e.slug = p_slug)
$$;

GRANT CREATE ON SCHEMA public TO ia_system;
ALTER FUNCTION public.open_registry_login(uuid, text, text, bytea, text, text, interval) OWNER TO ia_system;
ALTER FUNCTION public.take_registry_login(text) OWNER TO ia_system;
ALTER FUNCTION public.find_registry_login(text) OWNER TO ia_system;
ALTER FUNCTION public.answer_registry_login(uuid, bytea) OWNER TO ia_system;
ALTER FUNCTION public.end_npm_login_token(uuid) OWNER TO ia_system;
ALTER FUNCTION public.standing_blocks() OWNER TO ia_system;
ALTER FUNCTION public.plugins_behind() OWNER TO ia_system;
ALTER FUNCTION public.is_tenant_scope(text) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public FROM ia_system;

REVOKE ALL ON FUNCTION public.open_registry_login(uuid, text, text, bytea, text, text, interval),
  public.take_registry_login(text), public.find_registry_login(text), public.answer_registry_login(uuid, bytea),
  public.end_npm_login_token(uuid), public.standing_blocks(), public.plugins_behind(), public.is_tenant_scope(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.open_registry_login(uuid, text, text, bytea, text, text, interval),
  public.take_registry_login(text), public.end_npm_login_token(uuid), public.standing_blocks(), public.plugins_behind(),
  public.is_tenant_scope(text) TO ia_registry;
GRANT EXECUTE ON FUNCTION public.find_registry_login(text), public.answer_registry_login(uuid, bytea) TO ia_app;
GRANT UPDATE ("is_from_npm_login") ON public.api_tokens TO ia_app;
