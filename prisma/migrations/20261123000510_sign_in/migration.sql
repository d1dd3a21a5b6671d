-- CreateTable
CREATE TABLE "mail_queue" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" JSONB,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "problem" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "mail_queue_pkey" PRIMARY KEY ("id")
);

ALTER TABLE public.mail_queue ADD CONSTRAINT "mail_queue_status_check"
  CHECK ("status" IN ('pending', 'succeeded', 'failed') AND ("status" = 'pending') = ("payload" IS NOT NULL));
CREATE INDEX "mail_queue_due_idx" ON public.mail_queue (next_at) WHERE status = 'pending';
CREATE INDEX "mail_queue_settled_idx" ON public.mail_queue (settled_at) WHERE settled_at IS NOT NULL;

-- Mails belong to people, and hold what opens their accounts: only ia_system looks.
ALTER TABLE public.mail_queue ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.mail_queue FORCE ROW LEVEL SECURITY;
CREATE POLICY across_tenants ON public.mail_queue TO ia_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.mail_queue TO ia_system;

-- The tables of better-auth 1.7 with its plugins for second factors, devices and single sign-on, as its own migration
-- makes them; in "ssoProvider" and "invitation" some columns are the platform's.
ALTER TABLE auth."user" ADD COLUMN "twoFactorEnabled" boolean DEFAULT false;

CREATE TABLE auth."twoFactor" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text PRIMARY KEY,
  "secret" text NOT NULL,
  "backupCodes" text NOT NULL,
  "userId" text NOT NULL REFERENCES auth."user" ("id") ON DELETE CASCADE,
  "verified" boolean DEFAULT true,
  "failedVerificationCount" integer DEFAULT 0,
  "lockedUntil" timestamptz
);

CREATE TABLE auth."deviceCode" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text PRIMARY KEY,
  "deviceCode" text NOT NULL,
  "userCode" text NOT NULL,
  "userId" text REFERENCES auth."user" ("id") ON DELETE CASCADE,
  "expiresAt" timestamptz NOT NULL,
  "status" text NOT NULL,
  "lastPolledAt" timestamptz,
  "pollingInterval" integer,
  "clientId" text,
  "scope" text
);

CREATE TABLE auth."ssoProvider" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text PRIMARY KEY,
  "issuer" text NOT NULL,
  "oidcConfig" text,
  "samlConfig" text,
  "userId" text NOT NULL REFERENCES auth."user" ("id") ON DELETE CASCADE,
  "providerId" text NOT NULL UNIQUE,
  "organizationId" text NOT NULL UNIQUE REFERENCES auth."organization" ("id") ON DELETE CASCADE,
  -- Nobody is found by a domain before its owner has shown that it is theirs: until then this is a name that is none.
  "domain" text NOT NULL UNIQUE,
  "domainVerified" boolean DEFAULT false,
  "claimedDomain" text NOT NULL DEFAULT '',
  "domainToken" text NOT NULL DEFAULT '',
  "clientId" text NOT NULL DEFAULT '',
  "role" text NOT NULL DEFAULT 'viewer' CHECK ("role" IN ('developer', 'operator', 'approver', 'viewer')),
  "createdAt" timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- sha256 of what only the invited address was sent, hex. An invitation from before has none.
ALTER TABLE auth."invitation" ADD COLUMN "tokenHash" text;

CREATE INDEX "twoFactor_secret_idx" ON auth."twoFactor" ("secret");
CREATE INDEX "twoFactor_userId_idx" ON auth."twoFactor" ("userId");
CREATE UNIQUE INDEX "deviceCode_deviceCode_uidx" ON auth."deviceCode" ("deviceCode");
CREATE UNIQUE INDEX "deviceCode_userCode_uidx" ON auth."deviceCode" ("userCode");
CREATE INDEX "deviceCode_expiresAt_idx" ON auth."deviceCode" ("expiresAt");

GRANT SELECT, INSERT, UPDATE, DELETE ON auth."twoFactor", auth."deviceCode", auth."ssoProvider" TO ia_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON auth."member", auth."invitation", auth."ssoProvider" TO ia_system;
GRANT UPDATE ("emailVerified", "updatedAt") ON auth."user" TO ia_system;
GRANT SELECT ON public.approvals, public.pipelines TO ia_system;

-- Whose hands a tenant is in: owner first.
CREATE FUNCTION internal.role_rank(p_role text) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(
    array_position(ARRAY['owner', 'admin', 'developer', 'operator', 'approver', 'viewer'], p_role), 7)
$$;

CREATE FUNCTION internal.tenant_in_use() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT nullif(current_setting('app.tenant_id', true), '')
$$;

-- A tenant has an owner as long as it is there, whichever way its members change.
CREATE FUNCTION internal.keep_an_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF internal.strongest_role(OLD."role") <> 'owner' THEN
    RETURN NULL;
  END IF;
  -- Two owners who leave at once wait for each other here, and the second one sees that it is the last.
  PERFORM pg_advisory_xact_lock(hashtextextended('owners:' || OLD."organizationId", 0));
  IF EXISTS (SELECT FROM auth."organization" o WHERE o."id" = OLD."organizationId") AND NOT EXISTS (
    SELECT FROM auth."member" m
    WHERE m."organizationId" = OLD."organizationId" AND internal.strongest_role(m."role") = 'owner')
  THEN
    RAISE EXCEPTION 'A tenant keeps an owner.' USING ERRCODE = 'check_violation', CONSTRAINT = 'member_keeps_owner';
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION public.enqueue_mail(p_kind text, p_payload jsonb) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH queued AS (
    INSERT INTO public.mail_queue (id, kind, payload) VALUES (gen_random_uuid(), p_kind, p_payload) RETURNING id
  )
  SELECT q.id FROM queued q, LATERAL (SELECT pg_notify('mail_queued', '')) AS rung
$$;

-- Lends due mails to one sender, for as long as the lease says; what was settled a month ago is forgotten meanwhile.
CREATE FUNCTION public.take_mails(p_limit integer, p_lease_ms integer)
RETURNS TABLE (id uuid, kind text, payload jsonb, attempt integer)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  DELETE FROM public.mail_queue q WHERE q.id IN (
    SELECT s.id FROM public.mail_queue s WHERE s.settled_at < now() - interval '30 days' ORDER BY s.settled_at LIMIT 100
    FOR UPDATE SKIP LOCKED);
  UPDATE public.mail_queue q SET attempts = q.attempts + 1, next_at = now() + p_lease_ms * interval '1 millisecond'
  WHERE q.id IN (
    SELECT d.id FROM public.mail_queue d WHERE d.status = 'pending' AND d.next_at <= now() ORDER BY d.next_at LIMIT p_limit
    FOR UPDATE SKIP LOCKED)
  RETURNING q.id, q.kind, q.payload, q.attempts;
$$;

-- Sent when there is no problem, to be tried again at a time, or given up. A sender whose lease is over changes nothing.
CREATE FUNCTION public.settle_mail(p_id uuid, p_attempt integer, p_problem text, p_retry_at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE public.mail_queue q SET
    status = CASE WHEN p_problem IS NULL THEN 'succeeded' WHEN p_retry_at IS NULL THEN 'failed' ELSE 'pending' END,
    payload = CASE WHEN p_retry_at IS NULL THEN NULL ELSE q.payload END,
    settled_at = CASE WHEN p_retry_at IS NULL THEN now() END,
    next_at = coalesce(p_retry_at, q.next_at),
    problem = p_problem
  WHERE q.id = p_id AND q.attempts = p_attempt AND q.status = 'pending'
  RETURNING true
$$;

CREATE FUNCTION internal.enqueue_approval_mail() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.status <> 'open' OR (TG_OP = 'UPDATE' AND OLD.status = 'open' AND NEW.assignees = OLD.assignees) THEN
    RETURN NULL;
  END IF;
  INSERT INTO public.mail_queue (id, kind, payload) VALUES (
    gen_random_uuid(),
    CASE WHEN TG_OP = 'UPDATE' AND OLD.status = 'open' THEN 'approvalEscalated' ELSE 'approvalRequested' END,
    jsonb_build_object('tenantId', NEW.tenant_id, 'runId', NEW.run_id, 'key', NEW.key));
  PERFORM pg_notify('mail_queued', '');
  RETURN NULL;
END
$$;

-- Turns what is to be said about an approval into one mail for each person asked: members of the tenant who may decide
-- and whose address is theirs, nobody else. An approval that is not open any more is nobody's business.
CREATE FUNCTION public.address_approval_mail(p_id uuid, p_attempt integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked jsonb := (SELECT q.payload FROM public.mail_queue q
    WHERE q.id = p_id AND q.attempts = p_attempt AND q.status = 'pending' FOR UPDATE);
  addressed integer;
BEGIN
  IF asked IS NULL THEN
    RETURN 0;
  END IF;
  INSERT INTO public.mail_queue (id, kind, payload)
  SELECT gen_random_uuid(), q.kind, jsonb_build_object(
    'to', u."email", 'name', u."name", 'tenantName', n.name, 'tenantSlug', n.slug, 'tenantId', n.id, 'runId', r.id,
    'pipelineName', p.name, 'stepId', a.step_id, 'deadlineAt', a.deadline_at)
  FROM public.mail_queue q
  JOIN public.approvals a ON a.tenant_id = (asked->>'tenantId')::uuid AND a.run_id = (asked->>'runId')::uuid
    AND a.key = asked->>'key' AND a.status = 'open'
  JOIN public.runs r ON r.tenant_id = a.tenant_id AND r.id = a.run_id
  JOIN public.pipelines p ON p.tenant_id = r.tenant_id AND p.id = r.pipeline_id
  JOIN public.tenants n ON n.id = a.tenant_id AND n.deleted_at IS NULL
  JOIN auth."member" m ON m."organizationId" = n.id::text
  JOIN auth."user" u ON u."id" = m."userId" AND u."emailVerified"
  WHERE q.id = p_id AND internal.strongest_role(m."role") <> 'viewer' AND (
    cardinality(a.assignees) = 0
    OR 'user:' || u."id" = ANY (a.assignees)
    OR 'role:' || internal.strongest_role(m."role") = ANY (a.assignees)
    OR lower(u."email") = ANY (SELECT lower(assignee) FROM unnest(a.assignees) AS assignee))
  ORDER BY u."email"
  LIMIT 200;
  GET DIAGNOSTICS addressed = ROW_COUNT;
  PERFORM public.settle_mail(p_id, p_attempt, NULL, NULL);
  RETURN addressed;
END
$$;

-- Members and invitations change here, for the tenant of the transaction and in the transaction that writes the audit
-- log. What is answered is a word; who may ask is the caller's business, and so is what the roles may do.
CREATE FUNCTION public.invite_member(
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

CREATE FUNCTION public.revoke_invitation(p_id text, p_actor_role text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  found_invitation auth."invitation"%ROWTYPE;
BEGIN
  SELECT * INTO found_invitation FROM auth."invitation" i
  WHERE i."id" = p_id AND i."organizationId" = internal.tenant_in_use() FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'missing';
  END IF;
  IF found_invitation."status" <> 'pending' THEN
    RETURN 'settled';
  END IF;
  IF internal.role_rank(internal.strongest_role(found_invitation."role")) < internal.role_rank(p_actor_role) THEN
    RETURN 'above';
  END IF;
  UPDATE auth."invitation" SET "status" = 'canceled' WHERE "id" = p_id;
  RETURN 'revoked';
END
$$;

-- An invitation is for an address. Whoever signed in with it answers when the address is known to be theirs, or with the
-- token that only the address was sent, which then shows it. For everyone else there is no such invitation.
CREATE FUNCTION public.answer_invitation(p_id text, p_user_id text, p_token_hash text, p_accept boolean)
RETURNS TABLE (outcome text, role text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant text := internal.tenant_in_use();
  asked auth."invitation"%ROWTYPE;
  person auth."user"%ROWTYPE;
  is_proven boolean;
BEGIN
  SELECT i.* INTO asked FROM auth."invitation" i
  JOIN public.tenants n ON n.id::text = i."organizationId" AND n.deleted_at IS NULL
  WHERE i."id" = p_id AND i."organizationId" = tenant AND i."status" = 'pending' AND i."expiresAt" > now()
  FOR UPDATE OF i;
  SELECT u.* INTO person FROM auth."user" u WHERE u."id" = p_user_id;
  is_proven := asked."tokenHash" IS NOT NULL AND asked."tokenHash" = p_token_hash;
  IF asked."id" IS NULL OR person."id" IS NULL OR lower(asked."email") <> lower(person."email") THEN
    RETURN QUERY SELECT 'missing', NULL::text;
    RETURN;
  END IF;
  IF NOT person."emailVerified" AND is_proven IS NOT TRUE THEN
    RETURN QUERY SELECT 'unverified', NULL::text;
    RETURN;
  END IF;
  UPDATE auth."invitation" SET "status" = CASE WHEN p_accept THEN 'accepted' ELSE 'rejected' END WHERE "id" = p_id;
  IF is_proven AND NOT person."emailVerified" THEN
    UPDATE auth."user" SET "emailVerified" = true, "updatedAt" = now() WHERE "id" = p_user_id;
  END IF;
  IF p_accept THEN
    INSERT INTO auth."member" ("organizationId", "userId", "role")
    VALUES (tenant, p_user_id, internal.strongest_role(asked."role"))
    ON CONFLICT ("organizationId", "userId") DO NOTHING;
  END IF;
  RETURN QUERY SELECT CASE WHEN p_accept THEN 'accepted' ELSE 'declined' END, internal.strongest_role(asked."role");
END
$$;

-- What a person is invited to, once the address is known to be theirs.
CREATE FUNCTION public.user_invitations(p_user_id text)
RETURNS TABLE (tenant_id uuid, id text, email text, role text, status text, created_at timestamptz,
  expires_at timestamptz, inviter_name text, tenant_name text, tenant_slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT n.id, i."id", i."email", internal.strongest_role(i."role"), i."status", i."createdAt", i."expiresAt", v."name",
    n.name, n.slug
  FROM auth."user" u
  JOIN auth."invitation" i ON i."email" = lower(u."email") AND i."status" = 'pending' AND i."expiresAt" > now()
  JOIN public.tenants n ON n.id::text = i."organizationId" AND n.deleted_at IS NULL
  JOIN auth."user" v ON v."id" = i."inviterId"
  WHERE u."id" = p_user_id AND u."emailVerified"
  ORDER BY i."createdAt" DESC, i."id"
  LIMIT 100
$$;

-- Nobody is touched by someone below, and nobody is raised above who raises.
CREATE FUNCTION public.set_member_role(p_user_id text, p_role text, p_actor_role text)
RETURNS TABLE (outcome text, role_before text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant text := internal.tenant_in_use();
  before text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('owners:' || tenant, 0));
  SELECT internal.strongest_role(m."role") INTO before FROM auth."member" m
  WHERE m."organizationId" = tenant AND m."userId" = p_user_id FOR UPDATE;
  IF before IS NULL THEN
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

CREATE FUNCTION internal.is_last_owner(p_tenant text, p_user_id text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT NOT EXISTS (SELECT FROM auth."member" m WHERE m."organizationId" = p_tenant AND m."userId" <> p_user_id
    AND internal.strongest_role(m."role") = 'owner')
$$;

CREATE FUNCTION public.remove_member(p_user_id text, p_actor_role text) RETURNS TABLE (outcome text, role_before text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant text := internal.tenant_in_use();
  before text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('owners:' || tenant, 0));
  SELECT internal.strongest_role(m."role") INTO before FROM auth."member" m
  WHERE m."organizationId" = tenant AND m."userId" = p_user_id FOR UPDATE;
  IF before IS NULL THEN
    RETURN QUERY SELECT 'missing', NULL::text;
  ELSIF internal.role_rank(before) < internal.role_rank(p_actor_role) THEN
    RETURN QUERY SELECT 'above', before;
  ELSIF before = 'owner' AND internal.is_last_owner(tenant, p_user_id) THEN
    RETURN QUERY SELECT 'last_owner', before;
  ELSE
    DELETE FROM auth."member" WHERE "organizationId" = tenant AND "userId" = p_user_id;
    PERFORM pg_notify('token_revoked', t.hash) FROM public.api_tokens t
    WHERE t.tenant_id = tenant::uuid AND t.created_by = p_user_id;
    RETURN QUERY SELECT 'removed', before;
  END IF;
END
$$;

-- A new issuer gets a new name: accounts that were bound to the old one must not open through the new one.
CREATE FUNCTION public.set_single_sign_on(p_user_id text, p_provider jsonb, p_sealed_config text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant text := internal.tenant_in_use();
  known auth."ssoProvider"%ROWTYPE;
BEGIN
  SELECT * INTO known FROM auth."ssoProvider" p WHERE p."organizationId" = tenant FOR UPDATE;
  IF known."issuer" = p_provider->>'issuer' AND known."claimedDomain" = p_provider->>'domain' THEN
    UPDATE auth."ssoProvider" SET "oidcConfig" = p_sealed_config, "clientId" = p_provider->>'clientId',
      "role" = p_provider->>'role', "userId" = p_user_id WHERE "id" = known."id";
    RETURN 'updated';
  END IF;
  DELETE FROM auth."ssoProvider" WHERE "organizationId" = tenant;
  INSERT INTO auth."ssoProvider" ("issuer", "oidcConfig", "userId", "providerId", "organizationId", "domain",
    "domainVerified", "claimedDomain", "domainToken", "clientId", "role")
  VALUES (p_provider->>'issuer', p_sealed_config, p_user_id, p_provider->>'providerId', tenant,
    p_provider->>'providerId' || '.invalid', false, p_provider->>'domain', p_provider->>'domainToken',
    p_provider->>'clientId', p_provider->>'role');
  RETURN 'made';
END
$$;

CREATE FUNCTION public.verify_single_sign_on(p_provider_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE auth."ssoProvider" SET "domain" = "claimedDomain", "domainVerified" = true
  WHERE "organizationId" = internal.tenant_in_use() AND "providerId" = p_provider_id;
  RETURN CASE WHEN FOUND THEN 'verified' ELSE 'missing' END;
EXCEPTION
  WHEN unique_violation THEN
    RETURN 'taken';
END
$$;

CREATE FUNCTION public.remove_single_sign_on() RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH removed AS (
    DELETE FROM auth."ssoProvider" WHERE "organizationId" = internal.tenant_in_use() RETURNING 1
  )
  SELECT EXISTS (SELECT FROM removed)
$$;

-- Lets in who has signed in through the tenant's provider with an address of its domain; the role of a member stays.
CREATE FUNCTION public.join_by_single_sign_on(p_user_id text, p_provider_id text)
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
  INSERT INTO auth."member" ("organizationId", "userId", "role") VALUES (tenant, p_user_id, given)
  ON CONFLICT ("organizationId", "userId") DO NOTHING;
  RETURN QUERY SELECT FOUND, given;
END
$$;

CREATE OR REPLACE VIEW public.tenant_members WITH (security_barrier) AS
  SELECT m."organizationId"::uuid AS tenant_id, u.id AS user_id, u.email, u.name,
    internal.strongest_role(m.role) AS role, m."createdAt" AS created_at,
    u."emailVerified" AS is_email_verified, coalesce(u."twoFactorEnabled", false) AS has_second_factor
  FROM auth."member" m
  JOIN auth."user" u ON u.id = m."userId"
  WHERE m."organizationId" = nullif(current_setting('app.tenant_id', true), '');

CREATE VIEW public.tenant_invitations WITH (security_barrier) AS
  SELECT i."organizationId"::uuid AS tenant_id, i."id", i."email", internal.strongest_role(i."role") AS role,
    CASE WHEN i."status" = 'pending' AND i."expiresAt" <= now() THEN 'expired' ELSE i."status" END AS status,
    i."createdAt" AS created_at, i."expiresAt" AS expires_at, v."name" AS inviter_name
  FROM auth."invitation" i
  JOIN auth."user" v ON v."id" = i."inviterId"
  WHERE i."organizationId" = nullif(current_setting('app.tenant_id', true), '');

-- Without the client's secret.
CREATE VIEW public.tenant_single_sign_on WITH (security_barrier) AS
  SELECT p."organizationId"::uuid AS tenant_id, p."providerId" AS provider_id, p."issuer", p."clientId" AS client_id,
    p."claimedDomain" AS domain, p."domainToken" AS domain_token, coalesce(p."domainVerified", false) AS is_domain_verified,
    p."role", p."createdAt" AS created_at
  FROM auth."ssoProvider" p
  WHERE p."organizationId" = nullif(current_setting('app.tenant_id', true), '');

GRANT CREATE ON SCHEMA public, internal TO ia_system;
ALTER FUNCTION internal.keep_an_owner() OWNER TO ia_system;
ALTER FUNCTION internal.enqueue_approval_mail() OWNER TO ia_system;
ALTER FUNCTION internal.is_last_owner(text, text) OWNER TO ia_system;
ALTER FUNCTION public.enqueue_mail(text, jsonb) OWNER TO ia_system;
ALTER FUNCTION public.take_mails(integer, integer) OWNER TO ia_system;
ALTER FUNCTION public.settle_mail(uuid, integer, text, timestamptz) OWNER TO ia_system;
ALTER FUNCTION public.address_approval_mail(uuid, integer) OWNER TO ia_system;
ALTER FUNCTION public.invite_member(text, text, text, text, timestamptz) OWNER TO ia_system;
ALTER FUNCTION public.revoke_invitation(text, text) OWNER TO ia_system;
ALTER FUNCTION public.answer_invitation(text, text, text, boolean) OWNER TO ia_system;
ALTER FUNCTION public.user_invitations(text) OWNER TO ia_system;
ALTER FUNCTION public.set_member_role(text, text, text) OWNER TO ia_system;
ALTER FUNCTION public.remove_member(text, text) OWNER TO ia_system;
ALTER FUNCTION public.set_single_sign_on(text, jsonb, text) OWNER TO ia_system;
ALTER FUNCTION public.verify_single_sign_on(text) OWNER TO ia_system;
ALTER FUNCTION public.remove_single_sign_on() OWNER TO ia_system;
ALTER FUNCTION public.join_by_single_sign_on(text, text) OWNER TO ia_system;
ALTER VIEW public.tenant_invitations OWNER TO ia_system;
ALTER VIEW public.tenant_single_sign_on OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;

REVOKE ALL ON FUNCTION internal.role_rank(text), internal.tenant_in_use(), internal.keep_an_owner(),
  internal.enqueue_approval_mail(), internal.is_last_owner(text, text), public.enqueue_mail(text, jsonb),
  public.take_mails(integer, integer), public.settle_mail(uuid, integer, text, timestamptz),
  public.address_approval_mail(uuid, integer), public.invite_member(text, text, text, text, timestamptz),
  public.revoke_invitation(text, text), public.answer_invitation(text, text, text, boolean),
  public.user_invitations(text), public.set_member_role(text, text, text), public.remove_member(text, text),
  public.set_single_sign_on(text, jsonb, text), public.verify_single_sign_on(text), public.remove_single_sign_on(),
  public.join_by_single_sign_on(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION internal.role_rank(text), internal.tenant_in_use() TO ia_system;
GRANT EXECUTE ON FUNCTION public.enqueue_mail(text, jsonb), public.take_mails(integer, integer),
  public.settle_mail(uuid, integer, text, timestamptz), public.address_approval_mail(uuid, integer),
  public.invite_member(text, text, text, text, timestamptz), public.revoke_invitation(text, text),
  public.answer_invitation(text, text, text, boolean), public.user_invitations(text),
  public.set_member_role(text, text, text), public.remove_member(text, text),
  public.set_single_sign_on(text, jsonb, text), public.verify_single_sign_on(text), public.remove_single_sign_on(),
  public.join_by_single_sign_on(text, text) TO ia_app;
GRANT SELECT ON public.tenant_invitations, public.tenant_single_sign_on TO ia_app;

CREATE CONSTRAINT TRIGGER keep_an_owner AFTER UPDATE OF "role" OR DELETE ON auth."member"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION internal.keep_an_owner();
CREATE TRIGGER enqueue_approval_mail AFTER INSERT OR UPDATE OF "assignees", "status" ON public.approvals
  FOR EACH ROW EXECUTE FUNCTION internal.enqueue_approval_mail();
