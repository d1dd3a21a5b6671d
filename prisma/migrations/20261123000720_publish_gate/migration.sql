-- What the registry's gate and its signatures need to know of all tenants.

-- Names that a new package of a tenant could be taken for, those that are being published now among them.
CREATE FUNCTION public.public_plugin_names_of_others(p_tenant_id uuid) RETURNS TABLE (name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.name FROM public.plugins p WHERE p.visibility = 'public' AND p.tenant_id <> p_tenant_id
  UNION
  SELECT i.name FROM public.publish_intents i WHERE i.name LIKE '@community/%' AND i.tenant_id <> p_tenant_id
$$;

-- Every version with what it is signed with, for an operator who signs anew.
CREATE FUNCTION public.signed_versions() RETURNS TABLE (name text, version text, integrity text, signatures jsonb, published_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT v.plugin_name, v.version, v.integrity, v.signatures, v.published_at
  FROM public.plugin_versions v ORDER BY v.plugin_name, v.published_at, v.version
$$;

-- Puts signatures on a version that still has this integrity; says whether there was one.
CREATE FUNCTION public.sign_version(p_name text, p_version text, p_integrity text, p_signatures jsonb) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH signed AS (
    UPDATE public.plugin_versions SET signatures = p_signatures
    WHERE plugin_name = p_name AND version = p_version AND integrity = p_integrity
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM signed)
$$;

-- Soon nothing new counts that another key signs; what it signed before does. What is being published now still ends well.
CREATE FUNCTION public.expire_registry_keys(p_except text) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH expired AS (
    UPDATE public.registry_keys SET expires_at = now() + interval '10 minutes'
    WHERE key_id <> p_except AND revoked_at IS NULL AND expires_at IS NULL
    RETURNING 1
  )
  SELECT count(*)::integer FROM expired
$$;

-- From now on nothing counts that a key has signed.
CREATE FUNCTION public.revoke_registry_key(p_key_id text, p_reason text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH revoked AS (
    UPDATE public.registry_keys SET revoked_at = now(), revoked_reason = p_reason
    WHERE key_id = p_key_id AND revoked_at IS NULL
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM revoked)
$$;

GRANT UPDATE ("signatures") ON public.plugin_versions TO ia_system;

GRANT CREATE ON SCHEMA public TO ia_system;
ALTER FUNCTION public.public_plugin_names_of_others(uuid) OWNER TO ia_system;
ALTER FUNCTION public.signed_versions() OWNER TO ia_system;
ALTER FUNCTION public.sign_version(text, text, text, jsonb) OWNER TO ia_system;
ALTER FUNCTION public.expire_registry_keys(text) OWNER TO ia_system;
ALTER FUNCTION public.revoke_registry_key(text, text) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public FROM ia_system;

REVOKE ALL ON FUNCTION public.public_plugin_names_of_others(uuid), public.signed_versions(),
  public.sign_version(text, text, text, jsonb), public.expire_registry_keys(text), public.revoke_registry_key(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.public_plugin_names_of_others(uuid), public.signed_versions(),
  public.sign_version(text, text, text, jsonb), public.expire_registry_keys(text), public.revoke_registry_key(text, text) TO ia_registry;
