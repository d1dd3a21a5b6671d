-- Who was a member once. A provider that still vouches for them does not undo that somebody removed them, nor gives whoever
-- leaves with a lowered role the one back that newcomers get: they come back with an invitation.
CREATE TABLE auth."formerMember" (
  "organizationId" text NOT NULL REFERENCES auth."organization" ("id") ON DELETE CASCADE,
  "userId" text NOT NULL REFERENCES auth."user" ("id") ON DELETE CASCADE,
  PRIMARY KEY ("organizationId", "userId")
);
CREATE INDEX "formerMember_userId_idx" ON auth."formerMember" ("userId");
GRANT SELECT, INSERT, DELETE ON auth."formerMember" TO ia_system;
GRANT SELECT, DELETE ON auth."formerMember" TO ia_auth;

CREATE OR REPLACE FUNCTION public.remove_member(p_user_id text, p_actor text, p_actor_role text)
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
    INSERT INTO auth."formerMember" ("organizationId", "userId") VALUES (tenant, p_user_id) ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT 'removed', before;
  END IF;
END
$$;

-- Lets in who has signed in through the tenant's provider with an address of its domain; the role of a member stays.
CREATE OR REPLACE FUNCTION public.join_by_single_sign_on(p_user_id text, p_provider_id text)
RETURNS TABLE (has_joined boolean, role text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant text := internal.tenant_in_use();
  given text;
BEGIN
  SELECT p."role" INTO given FROM auth."ssoProvider" p
  JOIN auth."user" u ON u."id" = p_user_id AND lower(split_part(u."email", '@', 2)) = p."domain"
  JOIN public.tenants n ON n.id::text = p."organizationId" AND n.deleted_at IS NULL
  WHERE p."providerId" = p_provider_id AND p."organizationId" = tenant AND p."domainVerified";
  IF given IS NULL THEN
    RETURN;
  END IF;
  UPDATE auth."user" SET "emailVerified" = true, "updatedAt" = now() WHERE "id" = p_user_id AND NOT "emailVerified";
  INSERT INTO auth."member" ("organizationId", "userId", "role")
  SELECT tenant, p_user_id, given WHERE NOT EXISTS (
    SELECT FROM auth."formerMember" f WHERE f."organizationId" = tenant AND f."userId" = p_user_id)
  ON CONFLICT ("organizationId", "userId") DO NOTHING;
  RETURN QUERY SELECT FOUND, given;
END
$$;
