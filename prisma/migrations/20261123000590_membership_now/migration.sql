-- What an actor is at this moment: what the permission was checked on may be a little older.
CREATE FUNCTION internal.actor_role(p_tenant text, p_actor text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce(
    (SELECT internal.strongest_role(m."role") FROM auth."member" m
      WHERE m."organizationId" = p_tenant AND m."userId" = p_actor),
    (SELECT s.role FROM public.service_accounts s
      WHERE s.tenant_id::text = p_tenant AND s.id::text = p_actor AND s.disabled_at IS NULL))
$$;

-- Nobody is touched by someone below, and nobody is raised above who raises. Changes of one tenant's members come one after
-- the other: whoever was lowered or removed by the one before is told so, and does not take it back.
DROP FUNCTION public.set_member_role(text, text, text);
CREATE FUNCTION public.set_member_role(p_user_id text, p_role text, p_actor text, p_actor_role text)
RETURNS TABLE (outcome text, role_before text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant text := internal.tenant_in_use();
  before text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('owners:' || tenant, 0));
  SELECT internal.strongest_role(m."role") INTO before FROM auth."member" m
  WHERE m."organizationId" = tenant AND m."userId" = p_user_id FOR UPDATE;
  IF internal.actor_role(tenant, p_actor) IS DISTINCT FROM p_actor_role THEN
    RETURN QUERY SELECT 'outdated', before;
  ELSIF before IS NULL THEN
    RETURN QUERY SELECT 'missing', NULL::text;
  ELSIF least(internal.role_rank(before), internal.role_rank(p_role)) < internal.role_rank(p_actor_role) THEN
    RETURN QUERY SELECT 'above', before;
  ELSIF before = 'owner' AND p_role <> 'owner' AND internal.is_last_owner(tenant, p_user_id) THEN
    RETURN QUERY SELECT 'last_owner', before;
  ELSE
    UPDATE auth."member" SET "role" = p_role WHERE "organizationId" = tenant AND "userId" = p_user_id;
    RETURN QUERY SELECT 'changed', before;
  END IF;
END
$$;

-- The tokens of who goes are revoked: they stay so when the person comes back.
DROP FUNCTION public.remove_member(text, text);
CREATE FUNCTION public.remove_member(p_user_id text, p_actor text, p_actor_role text)
RETURNS TABLE (outcome text, role_before text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant text := internal.tenant_in_use();
  before text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('owners:' || tenant, 0));
  SELECT internal.strongest_role(m."role") INTO before FROM auth."member" m
  WHERE m."organizationId" = tenant AND m."userId" = p_user_id FOR UPDATE;
  IF internal.actor_role(tenant, p_actor) IS DISTINCT FROM p_actor_role THEN
    RETURN QUERY SELECT 'outdated', before;
  ELSIF before IS NULL THEN
    RETURN QUERY SELECT 'missing', NULL::text;
  ELSIF internal.role_rank(before) < internal.role_rank(p_actor_role) THEN
    RETURN QUERY SELECT 'above', before;
  ELSIF before = 'owner' AND internal.is_last_owner(tenant, p_user_id) THEN
    RETURN QUERY SELECT 'last_owner', before;
  ELSE
    DELETE FROM auth."member" WHERE "organizationId" = tenant AND "userId" = p_user_id;
    UPDATE public.api_tokens t SET revoked_at = now()
    WHERE t.tenant_id = tenant::uuid AND t.created_by = p_user_id AND t.service_account_id IS NULL
      AND t.revoked_at IS NULL;
    RETURN QUERY SELECT 'removed', before;
  END IF;
END
$$;

-- A new password ends what the old one let in: also a device that was let in and has not fetched its session yet.
CREATE FUNCTION internal.forget_device_codes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM auth."deviceCode" WHERE "userId" = NEW."userId";
  RETURN NULL;
END
$$;

GRANT UPDATE ("revoked_at") ON public.api_tokens TO ia_system;
GRANT CREATE ON SCHEMA public, internal TO ia_system;
ALTER FUNCTION internal.actor_role(text, text) OWNER TO ia_system;
ALTER FUNCTION public.set_member_role(text, text, text, text) OWNER TO ia_system;
ALTER FUNCTION public.remove_member(text, text, text) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;

REVOKE ALL ON FUNCTION internal.actor_role(text, text), internal.forget_device_codes(),
  public.set_member_role(text, text, text, text), public.remove_member(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.set_member_role(text, text, text, text), public.remove_member(text, text, text) TO ia_app;

CREATE TRIGGER forget_device_codes AFTER INSERT OR UPDATE OF "password" ON auth."account"
  FOR EACH ROW WHEN (NEW."password" IS NOT NULL) EXECUTE FUNCTION internal.forget_device_codes();
