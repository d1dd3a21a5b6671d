-- The few questions that must be asked across tenants, each a function of ia_system with a pinned search path, and the
-- triggers that keep tenants in step and tell others what ended.

-- Since better-auth may store several roles, separated by commas: the strongest counts; an unknown one only looks.
CREATE FUNCTION internal.strongest_role(p_roles text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(
    (SELECT known.role
     FROM unnest(ARRAY['owner', 'admin', 'developer', 'operator', 'approver', 'viewer']) WITH ORDINALITY AS known (role, rank)
     WHERE known.role = ANY (string_to_array(replace(p_roles, ' ', ''), ','))
     ORDER BY known.rank
     LIMIT 1),
    'viewer')
$$;

CREATE FUNCTION internal.mirror_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
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

-- Payload: the token's hash, as stored.
CREATE FUNCTION internal.notify_token_revoked() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('token_revoked', OLD.hash);
  RETURN NULL;
END
$$;

-- Payload: sha256 of the session's token, hex.
CREATE FUNCTION internal.notify_session_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('session_ended', encode(sha256(convert_to(OLD.token, 'UTF8')), 'hex'));
  RETURN NULL;
END
$$;

-- Payload: the user's id.
CREATE FUNCTION internal.notify_membership_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('membership_changed', OLD."userId");
  RETURN NULL;
END
$$;

CREATE FUNCTION public.find_api_token(p_hash text) RETURNS TABLE (
  token_id uuid, tenant_id uuid, tenant_slug text, scopes text[], created_by text, creator_role text,
  expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT t.id, t.tenant_id, n.slug, t.scopes, t.created_by, internal.strongest_role(m.role), t.expires_at, t.revoked_at
  FROM public.api_tokens t
  JOIN public.tenants n ON n.id = t.tenant_id
  JOIN auth."member" m ON m."organizationId" = t.tenant_id::text AND m."userId" = t.created_by
  WHERE t.hash = p_hash
$$;

CREATE FUNCTION public.touch_api_token(p_id uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE public.api_tokens SET last_used_at = now()
  WHERE id = p_id AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
$$;

CREATE FUNCTION public.user_tenants(p_user_id text) RETURNS TABLE (tenant_id uuid, slug text, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT n.id, n.slug, n.name, internal.strongest_role(m.role)
  FROM auth."member" m
  JOIN public.tenants n ON n.id::text = m."organizationId"
  WHERE m."userId" = p_user_id
  ORDER BY n.slug
$$;

CREATE FUNCTION public.claimable_runs(p_limit integer) RETURNS TABLE (run_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id, r.tenant_id FROM public.runs r
  WHERE r.status = 'pending' AND r.last_seq = 0
  ORDER BY r.created_at, r.id
  LIMIT p_limit
$$;

CREATE FUNCTION public.open_runs() RETURNS TABLE (run_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id, r.tenant_id FROM public.runs r
  WHERE r.status IN ('running', 'waiting') OR (r.status = 'pending' AND r.last_seq > 0)
  ORDER BY r.created_at, r.id
$$;

CREATE FUNCTION public.pending_run_commands(p_after bigint, p_limit integer)
RETURNS TABLE (id bigint, tenant_id uuid, run_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.id, c.tenant_id, c.run_id FROM public.run_commands c
  WHERE c.consumed_at IS NULL AND c.id > p_after
  ORDER BY c.id
  LIMIT p_limit
$$;

CREATE FUNCTION public.plugin_owner(p_name text) RETURNS TABLE (tenant_id uuid, visibility text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.tenant_id, p.visibility FROM public.plugins p WHERE p.name = p_name
$$;

CREATE FUNCTION public.pending_publish_intents() RETURNS TABLE (id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT i.id, i.tenant_id FROM public.publish_intents i ORDER BY i.created_at, i.id
$$;

CREATE VIEW public.tenant_members WITH (security_barrier) AS
  SELECT m."organizationId"::uuid AS tenant_id, u.id AS user_id, u.email, u.name,
    internal.strongest_role(m.role) AS role, m."createdAt" AS created_at
  FROM auth."member" m
  JOIN auth."user" u ON u.id = m."userId"
  WHERE m."organizationId" = nullif(current_setting('app.tenant_id', true), '');

-- ia_system may create in these schemas just long enough to become the owner.
GRANT CREATE ON SCHEMA public, internal TO ia_system;
ALTER FUNCTION internal.mirror_organization() OWNER TO ia_system;
ALTER FUNCTION public.find_api_token(text) OWNER TO ia_system;
ALTER FUNCTION public.touch_api_token(uuid) OWNER TO ia_system;
ALTER FUNCTION public.user_tenants(text) OWNER TO ia_system;
ALTER FUNCTION public.claimable_runs(integer) OWNER TO ia_system;
ALTER FUNCTION public.open_runs() OWNER TO ia_system;
ALTER FUNCTION public.pending_run_commands(bigint, integer) OWNER TO ia_system;
ALTER FUNCTION public.plugin_owner(text) OWNER TO ia_system;
ALTER FUNCTION public.pending_publish_intents() OWNER TO ia_system;
ALTER VIEW public.tenant_members OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public, internal FROM PUBLIC;
-- A view calls functions with the rights of who reads it.
GRANT EXECUTE ON FUNCTION internal.strongest_role(text) TO ia_system, ia_app;
GRANT EXECUTE ON FUNCTION public.find_api_token(text), public.touch_api_token(uuid), public.user_tenants(text)
  TO ia_app, ia_registry;
GRANT EXECUTE ON FUNCTION public.claimable_runs(integer), public.open_runs(),
  public.pending_run_commands(bigint, integer) TO ia_worker;
GRANT EXECUTE ON FUNCTION public.plugin_owner(text), public.pending_publish_intents() TO ia_registry;
GRANT SELECT ON public.tenant_members TO ia_app;

CREATE TRIGGER mirror_organization AFTER INSERT OR UPDATE ON auth."organization"
  FOR EACH ROW EXECUTE FUNCTION internal.mirror_organization();
CREATE TRIGGER notify_token_revoked AFTER UPDATE OF "revoked_at" OR DELETE ON public.api_tokens
  FOR EACH ROW EXECUTE FUNCTION internal.notify_token_revoked();
CREATE TRIGGER notify_session_ended AFTER DELETE ON auth."session"
  FOR EACH ROW EXECUTE FUNCTION internal.notify_session_ended();
CREATE TRIGGER notify_membership_changed AFTER UPDATE OF "role" OR DELETE ON auth."member"
  FOR EACH ROW EXECUTE FUNCTION internal.notify_membership_changed();
