-- Mails go to strangers, in the name of a person: who makes a tenant after the other sends no more of them by that.
CREATE INDEX "invitation_inviterId_createdAt_idx" ON auth."invitation" ("inviterId", "createdAt");

CREATE OR REPLACE FUNCTION public.invite_member(
  p_email text, p_role text, p_inviter text, p_token_hash text, p_expires_at timestamptz)
RETURNS TABLE (outcome text, invitation_id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant text := internal.tenant_in_use();
  made text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('invitations:' || tenant, 0));
  IF EXISTS (SELECT FROM auth."member" m JOIN auth."user" u ON u."id" = m."userId"
    WHERE m."organizationId" = tenant AND lower(u."email") = p_email)
  THEN
    RETURN QUERY SELECT 'member', NULL::text;
    RETURN;
  END IF;
  IF (SELECT count(*) FROM auth."invitation" i
    WHERE i."organizationId" = tenant AND i."createdAt" > now() - interval '1 day') >= 200
    OR (SELECT count(*) FROM auth."invitation" i
    WHERE i."inviterId" = p_inviter AND i."createdAt" > now() - interval '1 day') >= 200
  THEN
    RETURN QUERY SELECT 'many', NULL::text;
    RETURN;
  END IF;
  UPDATE auth."invitation" i SET "status" = 'canceled'
  WHERE i."organizationId" = tenant AND i."status" = 'pending' AND i."email" = p_email;
  INSERT INTO auth."invitation" ("organizationId", "email", "role", "status", "expiresAt", "inviterId", "tokenHash")
  VALUES (tenant, p_email, p_role, 'pending', p_expires_at, p_inviter, p_token_hash)
  RETURNING "id" INTO made;
  RETURN QUERY SELECT 'invited', made;
END
$$;
