-- AlterTable
ALTER TABLE "tenant_limits" ADD COLUMN     "blobs_measured_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "tenant_exports" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "requested_by" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "manifest" JSON,

    CONSTRAINT "tenant_exports_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "tenant_exports_tenant_id_requested_at_id_idx" ON "tenant_exports"("tenant_id", "requested_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "tenant_exports_tenant_id_id_key" ON "tenant_exports"("tenant_id", "id");

-- AddForeignKey
ALTER TABLE "tenant_exports" ADD CONSTRAINT "tenant_exports_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE INDEX "tenant_exports_open_idx" ON public.tenant_exports (requested_at) WHERE status = 'pending';
CREATE INDEX "tenant_exports_kept_idx" ON public.tenant_exports (finished_at) WHERE status = 'succeeded';

-- What ia_system may do with tables of tenants, those to come included: it exports and erases them.
CREATE OR REPLACE FUNCTION internal.isolate_tenants(p_table regclass, p_tenant_column name DEFAULT 'tenant_id') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  one_tenant text := format('%I = nullif(current_setting(''app.tenant_id'', true), '''')::uuid', p_tenant_column);
  many_tenants text := format(
    '%I = ANY (string_to_array(current_setting(''app.tenant_ids'', true), '','')::uuid[])', p_tenant_column);
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
  EXECUTE format('CREATE POLICY one_tenant ON %s TO ia_app, ia_registry USING (%s) WITH CHECK (%s)',
    p_table, one_tenant, one_tenant);
  EXECUTE format('CREATE POLICY many_tenants ON %s TO ia_worker USING (%s) WITH CHECK (%s)',
    p_table, many_tenants, many_tenants);
  EXECUTE format('CREATE POLICY across_tenants ON %s TO ia_system USING (true) WITH CHECK (true)', p_table);
  EXECUTE format('GRANT SELECT, DELETE ON %s TO ia_system', p_table);
END
$$;

SELECT internal.isolate_tenants('public.tenant_exports');

DO $$
DECLARE
  isolated regclass;
BEGIN
  FOR isolated IN SELECT p.polrelid FROM pg_policy p WHERE p.polname = 'across_tenants' LOOP
    EXECUTE format('GRANT SELECT, DELETE ON %s TO ia_system', isolated);
  END LOOP;
END
$$;

GRANT SELECT, INSERT ON public.tenant_exports TO ia_app;
GRANT UPDATE ("status", "finished_at", "manifest") ON public.tenant_exports TO ia_app;
GRANT UPDATE ("tenant_id") ON public.plugins TO ia_system;
GRANT UPDATE ("tenant_id", "published_by") ON public.plugin_versions TO ia_system;
GRANT UPDATE ("export_key", "erased_at") ON public.erased_tenants TO ia_system;
GRANT SELECT, DELETE ON auth."organization", auth."member", auth."invitation" TO ia_system;
GRANT UPDATE ("name") ON auth."organization" TO ia_system;
GRANT UPDATE ("role") ON auth."member" TO ia_system;
GRANT SELECT ("id", "activeOrganizationId"), UPDATE ("activeOrganizationId") ON auth."session" TO ia_system;

-- A function with foreign rights that takes a tenant takes that of the transaction alone.
CREATE FUNCTION internal.require_tenant(p_tenant_id uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
  IF p_tenant_id IS DISTINCT FROM nullif(current_setting('app.tenant_id', true), '')::uuid THEN
    RAISE EXCEPTION 'The transaction belongs to another tenant.' USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

--
-- The life of a tenant
--

-- The mirror takes the name over.
CREATE FUNCTION public.rename_tenant(p_tenant_id uuid, p_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_tenant(p_tenant_id);
  UPDATE auth."organization" SET "name" = p_name WHERE "id" = p_tenant_id::text;
END
$$;

-- Says null when it is done, otherwise why not: not_owner | no_member
CREATE FUNCTION public.transfer_tenant(p_tenant_id uuid, p_from_user text, p_to_user text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  from_role text;
BEGIN
  PERFORM internal.require_tenant(p_tenant_id);
  -- Two who hand it over at the same moment do so one after the other.
  PERFORM FROM auth."member" m WHERE m."organizationId" = p_tenant_id::text AND m."userId" IN (p_from_user, p_to_user)
  ORDER BY m."userId" FOR UPDATE;
  SELECT internal.strongest_role(m."role") INTO from_role FROM auth."member" m
  WHERE m."organizationId" = p_tenant_id::text AND m."userId" = p_from_user;
  IF from_role IS DISTINCT FROM 'owner' THEN RETURN 'not_owner'; END IF;
  UPDATE auth."member" SET "role" = 'owner' WHERE "organizationId" = p_tenant_id::text AND "userId" = p_to_user;
  IF NOT FOUND THEN RETURN 'no_member'; END IF;
  UPDATE auth."member" SET "role" = 'admin' WHERE "organizationId" = p_tenant_id::text AND "userId" = p_from_user;
  RETURN NULL;
END
$$;

-- Who remembers tokens and memberships forgets them: in a tenant that is closed they count for nothing.
CREATE FUNCTION internal.notify_tenant_closed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('token_revoked', t.hash) FROM public.api_tokens t WHERE t.tenant_id = NEW.id AND t.revoked_at IS NULL;
  PERFORM pg_notify('membership_changed', m."userId") FROM auth."member" m WHERE m."organizationId" = NEW.id::text;
  RETURN NULL;
END
$$;

-- Asks every run that has not ended to end. Says how many there are.
CREATE FUNCTION public.cancel_tenant_runs(p_tenant_id uuid, p_requested_by text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  unfinished bigint;
BEGIN
  PERFORM internal.require_tenant(p_tenant_id);
  INSERT INTO public.run_commands (tenant_id, run_id, kind, payload, requested_by)
  SELECT r.tenant_id, r.id, 'cancel', '{}', p_requested_by FROM public.runs r
  WHERE r.tenant_id = p_tenant_id AND r.status IN ('pending', 'running', 'waiting') AND NOT EXISTS (
    SELECT FROM public.run_commands c
    WHERE c.tenant_id = r.tenant_id AND c.run_id = r.id AND c.kind = 'cancel' AND c.consumed_at IS NULL);
  IF FOUND THEN PERFORM pg_notify('run_inbox', ''); END IF;
  SELECT count(*) INTO unfinished FROM public.runs r
  WHERE r.tenant_id = p_tenant_id AND r.status IN ('pending', 'running', 'waiting');
  RETURN unfinished;
END
$$;

-- What is to be done for tenants: exports that were asked for or were kept long enough, runs of closed tenants that go on,
-- tenants whose time has come.
CREATE FUNCTION public.tenant_chores(p_exports_until timestamptz) RETURNS TABLE (kind text, tenant_id uuid, export_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  (SELECT 'export', e.tenant_id, e.id FROM public.tenant_exports e
   WHERE e.status = 'pending' ORDER BY e.requested_at LIMIT 100)
  UNION ALL
  (SELECT 'expire', e.tenant_id, e.id FROM public.tenant_exports e
   WHERE e.status = 'succeeded' AND e.finished_at <= p_exports_until ORDER BY e.finished_at LIMIT 100)
  UNION ALL
  SELECT 'cancel', t.id, NULL FROM public.tenants t
  WHERE t.erase_at IS NOT NULL AND t.deleted_at IS NOT NULL AND EXISTS (
    SELECT FROM public.runs r WHERE r.tenant_id = t.id AND r.status IN ('pending', 'running', 'waiting'))
  UNION ALL
  (SELECT 'erase', t.id, NULL FROM public.tenants t
   WHERE t.erase_at <= now() AND t.deleted_at IS NOT NULL ORDER BY t.erase_at LIMIT 100)
$$;

--
-- Export
--

-- Tables of tenants in the order in which their rows could be put back. One without an index on the tenant is read along
-- the rows above it, and its rows go with those.
CREATE FUNCTION internal.tenant_tables() RETURNS TABLE (
  name text, relation regclass, tenant_column name, depth integer, is_indexed boolean,
  parent regclass, parent_column name, child_column name)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  WITH RECURSIVE isolated AS (
    SELECT c.oid, c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'across_tenants'
    WHERE c.relname = 'tenants' OR EXISTS (
      SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
  ), below AS (
    SELECT i.oid, 0 AS depth FROM isolated i
    UNION
    SELECT k.conrelid, b.depth + 1 FROM below b
    JOIN pg_constraint k ON k.confrelid = b.oid AND k.contype = 'f' AND k.conrelid <> b.oid
    JOIN isolated i ON i.oid = k.conrelid
  )
  , known AS (
    SELECT i.oid, i.relname, (CASE i.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END)::name AS tenant_column,
      max(b.depth) AS depth
    FROM isolated i JOIN below b ON b.oid = i.oid
    GROUP BY i.oid, i.relname
  )
  SELECT t.relname::text, t.oid::regclass, t.tenant_column, t.depth,
    EXISTS (
      SELECT FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
      WHERE x.indrelid = t.oid AND a.attname = t.tenant_column AND x.indpred IS NULL),
    above.parent, above.parent_column, above.child_column
  FROM known t
  LEFT JOIN LATERAL (
    SELECT k.confrelid::regclass AS parent, theirs.attname AS parent_column, ours.attname AS child_column
    FROM pg_constraint k
    JOIN pg_attribute ours ON ours.attrelid = k.conrelid AND ours.attnum = k.conkey[2] AND ours.attnotnull
    JOIN pg_attribute theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = k.confkey[2]
    WHERE k.conrelid = t.oid AND k.contype = 'f' AND k.confdeltype = 'c' AND cardinality(k.conkey) = 2
    LIMIT 1
  ) above ON true
  ORDER BY t.depth, t.relname
$$;

CREATE FUNCTION public.tenant_export_tables() RETURNS TABLE (name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT x.name FROM (
    -- Changes that subscribers are told of are told again by what changed.
    SELECT t.name, t.depth FROM internal.tenant_tables() t WHERE t.name <> 'tenant_changes'
    UNION ALL SELECT 'members', 0
    UNION ALL SELECT 'invitations', 0) x
  ORDER BY x.depth, x.name
$$;

-- Columns that leave with nobody: values and hashes of secrets, and what only the platform can read.
CREATE FUNCTION internal.is_exported(p_table text, p_column text, p_type regtype) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT p_type <> 'bytea'::regtype AND (p_table, p_column) NOT IN (
    ('api_tokens', 'hash'), ('idempotency_keys', 'request_hash'), ('idempotency_keys', 'result'))
$$;

-- A cursor of one JSON text a row. Nothing more is read than is fetched.
CREATE FUNCTION public.open_tenant_export(p_tenant_id uuid, p_table text) RETURNS refcursor
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  rows refcursor := 'tenant_export';
  source record;
  columns text;
BEGIN
  PERFORM internal.require_tenant(p_tenant_id);
  IF p_table = 'members' THEN
    OPEN rows FOR SELECT json_build_object('user_id', u."id", 'email', u."email", 'name', u."name", 'role', m."role",
      'created_at', m."createdAt")::text AS line
    FROM auth."member" m JOIN auth."user" u ON u."id" = m."userId" WHERE m."organizationId" = p_tenant_id::text;
    RETURN rows;
  END IF;
  IF p_table = 'invitations' THEN
    OPEN rows FOR SELECT json_build_object('email', i."email", 'role', i."role", 'status', i."status",
      'expires_at', i."expiresAt")::text AS line
    FROM auth."invitation" i WHERE i."organizationId" = p_tenant_id::text;
    RETURN rows;
  END IF;
  SELECT t.* INTO STRICT source FROM internal.tenant_tables() t WHERE t.name = p_table;
  SELECT string_agg(format('x.%I', a.attname), ', ' ORDER BY a.attnum) INTO columns
  FROM pg_attribute a
  WHERE a.attrelid = source.relation AND a.attnum > 0 AND NOT a.attisdropped
    AND internal.is_exported(p_table, a.attname, a.atttypid::regtype);
  OPEN rows FOR EXECUTE CASE
    WHEN source.is_indexed OR source.parent IS NULL THEN format(
      'SELECT row_to_json(line)::text AS line FROM (SELECT %s FROM %s x WHERE x.%I = $1) line',
      columns, source.relation, source.tenant_column)
    ELSE format(
      'SELECT row_to_json(line)::text AS line FROM (
         SELECT %s FROM %s p JOIN %s x ON x.tenant_id = p.tenant_id AND x.%I = p.%I WHERE p.tenant_id = $1) line',
      columns, source.parent, source.relation, source.child_column, source.parent_column)
    END USING p_tenant_id;
  RETURN rows;
END
$$;

--
-- Erasure
--

-- From here on there is no way back. The slug is taken for ever before anything is removed.
CREATE FUNCTION public.begin_erasure(p_tenant_id uuid, p_export_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_tenant(p_tenant_id);
  INSERT INTO public.erased_tenants (id, slug, export_key, erased_by, audit_seq, audit_hash)
  SELECT t.id, t.slug, p_export_key, t.deleted_by, coalesce(h.seq, 0), coalesce(h.hash, '')
  FROM public.tenants t LEFT JOIN public.audit_heads h ON h.tenant_id = t.id
  WHERE t.id = p_tenant_id AND t.deleted_at IS NOT NULL AND t.erase_at <= now();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'The tenant is not to be erased.' USING ERRCODE = 'check_violation';
  END IF;
END
$$;

CREATE FUNCTION public.erasure_export_key(p_tenant_id uuid) RETURNS TABLE (export_key text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT e.export_key FROM public.erased_tenants e WHERE e.id = p_tenant_id
$$;

-- Removes some rows of a tenant whose erasure has begun; says how many. What hangs on a run or a package goes with it.
-- Public packages stay for those who use them, owned by nobody.
CREATE FUNCTION public.erase_tenant_rows(p_tenant_id uuid, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  source record;
  removed bigint;
BEGIN
  PERFORM internal.require_tenant(p_tenant_id);
  IF NOT EXISTS (SELECT FROM public.erased_tenants e WHERE e.id = p_tenant_id) THEN
    RAISE EXCEPTION 'The erasure of the tenant has not begun.' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE public.plugin_versions v SET published_by = 'nobody' WHERE v.tenant_id = p_tenant_id AND v.visibility = 'public';
  UPDATE public.plugins p SET tenant_id = nobody WHERE p.tenant_id = p_tenant_id AND p.visibility = 'public';
  -- What has neither an index on the tenant nor rows above it is small.
  FOR source IN
    SELECT t.* FROM internal.tenant_tables() t WHERE t.name <> 'tenants' AND (t.is_indexed OR t.parent IS NULL)
    ORDER BY t.depth DESC, t.name
  LOOP
    EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE %2$I = $1 LIMIT $2))',
      source.relation, source.tenant_column) USING p_tenant_id, p_limit;
    GET DIAGNOSTICS removed = ROW_COUNT;
    IF removed > 0 THEN RETURN removed; END IF;
  END LOOP;
  RETURN 0;
END
$$;

-- The last of a tenant: whoever reads it afterwards finds the slug, when it was erased, and where the export lies.
CREATE FUNCTION public.finish_erasure(p_tenant_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_tenant(p_tenant_id);
  IF NOT EXISTS (SELECT FROM public.erased_tenants e WHERE e.id = p_tenant_id) THEN
    RAISE EXCEPTION 'The erasure of the tenant has not begun.' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE auth."session" SET "activeOrganizationId" = NULL WHERE "activeOrganizationId" = p_tenant_id::text;
  PERFORM pg_notify('membership_changed', m."userId") FROM auth."member" m WHERE m."organizationId" = p_tenant_id::text;
  DELETE FROM public.mail_queue q WHERE position(p_tenant_id::text IN q.payload::text) > 0;
  -- Members, invitations and single sign-on go with it.
  DELETE FROM auth."organization" WHERE "id" = p_tenant_id::text;
  DELETE FROM public.tenants WHERE id = p_tenant_id;
  UPDATE public.erased_tenants SET erased_at = now() WHERE id = p_tenant_id;
  PERFORM pg_notify('tenant_erased', p_tenant_id::text);
END
$$;

CREATE FUNCTION public.expired_exports(p_before timestamptz) RETURNS TABLE (id uuid, export_key text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT e.id, e.export_key FROM public.erased_tenants e
  WHERE e.export_key IS NOT NULL AND e.erased_at < p_before
    AND NOT EXISTS (SELECT FROM public.tenants t WHERE t.id = e.id)
  ORDER BY e.erased_at LIMIT 100
$$;

CREATE FUNCTION public.forget_export(p_id uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE public.erased_tenants SET export_key = NULL WHERE id = p_id
$$;

-- Which of these scopes belonged to tenants that are gone: their packages lie with the registry.
CREATE FUNCTION public.erased_scopes(p_slugs text[]) RETURNS TABLE (slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT e.slug FROM public.erased_tenants e
  WHERE e.slug = ANY (p_slugs) AND NOT EXISTS (SELECT FROM public.tenants t WHERE t.id = e.id)
$$;

--
-- A tenant that is closed starts nothing
--

CREATE OR REPLACE FUNCTION public.next_due_at() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT least(
    (SELECT r.wake_at FROM public.runs r WHERE r.is_parked AND r.wake_at IS NOT NULL ORDER BY r.wake_at LIMIT 1),
    (SELECT s.next_at FROM public.schedules s
     WHERE s.is_enabled AND s.next_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM public.tenants t WHERE t.id = s.tenant_id AND t.deleted_at IS NOT NULL)
     ORDER BY s.next_at LIMIT 1))
$$;

CREATE OR REPLACE FUNCTION public.due_schedules(p_until timestamptz, p_limit integer) RETURNS TABLE (id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT s.id, s.tenant_id FROM public.schedules s
  WHERE s.is_enabled AND s.next_at IS NOT NULL AND s.next_at <= p_until
    AND NOT EXISTS (SELECT FROM public.tenants t WHERE t.id = s.tenant_id AND t.deleted_at IS NOT NULL)
  ORDER BY s.next_at
  LIMIT p_limit
$$;

CREATE OR REPLACE FUNCTION public.pending_trigger_events(p_limit integer) RETURNS TABLE (id bigint, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH RECURSIVE waiting AS (
    (SELECT e.tenant_id FROM public.trigger_events e ORDER BY e.tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.tenant_id FROM public.trigger_events e WHERE e.tenant_id > w.tenant_id ORDER BY e.tenant_id LIMIT 1)
    FROM waiting w WHERE w.tenant_id IS NOT NULL
  )
  SELECT f.id, w.tenant_id
  FROM waiting w
  CROSS JOIN LATERAL (
    SELECT e.id, row_number() OVER (ORDER BY e.id) AS turn FROM public.trigger_events e
    WHERE e.tenant_id = w.tenant_id ORDER BY e.id LIMIT p_limit
  ) f
  WHERE w.tenant_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM public.tenants t WHERE t.id = w.tenant_id AND t.deleted_at IS NOT NULL)
  ORDER BY f.turn, f.id
  LIMIT p_limit
$$;

-- Events of a tenant that is closed, or that has them switched off, start nothing later either.
CREATE FUNCTION internal.drop_unwanted_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM public.tenants t WHERE t.id = NEW.tenant_id AND t.deleted_at IS NOT NULL) OR EXISTS (
    SELECT FROM public.feature_flags f WHERE f.tenant_id = NEW.tenant_id AND f.name = 'EVENT_TRIGGERS' AND NOT f.is_enabled)
  THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END
$$;

--
-- Quotas. IAQ01: one is used up, the detail says which. IAQ02: the tenant is closed.
--

CREATE FUNCTION internal.refuse_over_quota(p_quota text, p_used bigint, p_limit bigint, p_message text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
  is_daily constant boolean := p_quota IN ('runsPerDay', 'eventsPerDay');
  resets_at constant timestamptz := CASE WHEN is_daily
    THEN (((now() AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME ZONE 'UTC') END;
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'IAQ01',
    MESSAGE = p_message || CASE WHEN is_daily
      THEN ' There is room again at ' || to_char(resets_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '.' ELSE '' END,
    DETAIL = json_build_object('quota', p_quota, 'used', p_used, 'limit', p_limit, 'resetsAt', resets_at)::text;
END
$$;

-- What lies there of a tenant: its logs, and the large values as they were last measured.
CREATE FUNCTION internal.storage_bytes(p_tenant_id uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT greatest(0, coalesce(sum(CASE WHEN u.kind IN ('written', 'lines') THEN u.bytes
      WHEN u.kind IN ('removed', 'lines_removed') THEN -u.bytes ELSE 0 END), 0)
    + coalesce((SELECT b.bytes FROM public.tenant_usage b WHERE b.tenant_id = p_tenant_id AND b.kind = 'blobs'
        ORDER BY b.day DESC LIMIT 1), 0))::bigint
  FROM public.tenant_usage u WHERE u.tenant_id = p_tenant_id
$$;

-- Those who use up a quota stand in a queue, but only where there is one.
CREATE FUNCTION internal.lock_quota(p_tenant_id uuid, p_quota text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('quota:' || p_quota || ':' || p_tenant_id, 0))
$$;

-- Runs that something outside starts, counted in one row a day for each of 128 groups of connections: starts of one tenant wait
-- for each other only where there is a quota. Parts of runs are part of what was started: they are neither counted nor refused.
CREATE FUNCTION internal.count_runs_started() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  today constant date := (now() AT TIME ZONE 'UTC')::date;
  batch record;
  rules record;
  used bigint;
BEGIN
  FOR batch IN
    SELECT s.tenant_id, count(*) AS runs FROM started s WHERE s.parent_run_id IS NULL GROUP BY s.tenant_id ORDER BY s.tenant_id
  LOOP
    SELECT t.deleted_at, l.max_runs_per_day, l.max_events_per_day, l.max_storage_bytes INTO rules
    FROM public.tenants t LEFT JOIN public.tenant_limits l ON l.tenant_id = t.id WHERE t.id = batch.tenant_id;
    IF rules.deleted_at IS NOT NULL THEN
      RAISE EXCEPTION 'The tenant is about to be erased and starts nothing any more.' USING ERRCODE = 'IAQ02';
    END IF;
    IF rules.max_runs_per_day IS NOT NULL THEN
      PERFORM internal.lock_quota(batch.tenant_id, 'runs');
      SELECT coalesce(sum(u.events), 0) INTO used FROM public.tenant_usage u
      WHERE u.tenant_id = batch.tenant_id AND u.day = today AND u.kind LIKE 'started-%';
      IF used + batch.runs > rules.max_runs_per_day THEN
        PERFORM internal.refuse_over_quota('runsPerDay', used, rules.max_runs_per_day,
          format('The quota of %s runs a day is used up.', rules.max_runs_per_day));
      END IF;
    END IF;
    INSERT INTO public.tenant_usage AS u (tenant_id, day, kind, events, bytes)
    VALUES (batch.tenant_id, today, 'started-' || pg_backend_pid() % 128, batch.runs, 0)
    ON CONFLICT (tenant_id, day, kind) DO UPDATE SET events = u.events + excluded.events;
    IF rules.max_events_per_day IS NOT NULL THEN
      SELECT coalesce(max(u.events), 0) INTO used FROM public.tenant_usage u
      WHERE u.tenant_id = batch.tenant_id AND u.day = today AND u.kind = 'written';
      IF used >= rules.max_events_per_day THEN
        PERFORM internal.refuse_over_quota('eventsPerDay', used, rules.max_events_per_day,
          format('The quota of %s events a day is used up.', rules.max_events_per_day));
      END IF;
    END IF;
    IF rules.max_storage_bytes IS NOT NULL THEN
      used := internal.storage_bytes(batch.tenant_id);
      IF used >= rules.max_storage_bytes THEN
        PERFORM internal.refuse_over_quota('storageBytes', used, rules.max_storage_bytes,
          format('The quota of %s bytes of storage is used up: shorten how long logs are kept.', rules.max_storage_bytes));
      END IF;
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.count_pipelines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  most integer := (SELECT l.max_pipelines FROM public.tenant_limits l WHERE l.tenant_id = NEW.tenant_id);
  used bigint;
BEGIN
  IF most IS NULL THEN RETURN NULL; END IF;
  PERFORM internal.lock_quota(NEW.tenant_id, 'pipelines');
  SELECT count(*) INTO used FROM public.pipelines p WHERE p.tenant_id = NEW.tenant_id AND p.archived_at IS NULL;
  IF used > most THEN
    PERFORM internal.refuse_over_quota('pipelines', used - 1, most,
      format('The quota of %s pipelines is used up: archive one first.', most));
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.count_plugins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  most integer := (SELECT l.max_plugins FROM public.tenant_limits l WHERE l.tenant_id = NEW.tenant_id);
  used bigint;
BEGIN
  IF most IS NULL THEN RETURN NULL; END IF;
  PERFORM internal.lock_quota(NEW.tenant_id, 'plugins');
  SELECT count(*) INTO used FROM public.installations i WHERE i.tenant_id = NEW.tenant_id;
  IF used > most THEN
    PERFORM internal.refuse_over_quota('plugins', used - 1, most,
      format('The quota of %s installed plugins is used up: uninstall one first.', most));
  END IF;
  RETURN NULL;
END
$$;

-- An invitation keeps a place for who accepts it.
CREATE FUNCTION internal.count_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  most integer := (SELECT l.max_members FROM public.tenant_limits l WHERE l.tenant_id = NEW."organizationId"::uuid);
  used bigint;
BEGIN
  IF most IS NULL THEN RETURN NULL; END IF;
  PERFORM internal.lock_quota(NEW."organizationId"::uuid, 'members');
  SELECT count(*) INTO used FROM auth."member" m WHERE m."organizationId" = NEW."organizationId";
  IF TG_TABLE_NAME = 'invitation' THEN
    used := used + (SELECT count(*) FROM auth."invitation" i
      WHERE i."organizationId" = NEW."organizationId" AND i."status" = 'pending' AND i."expiresAt" > now());
  END IF;
  IF used > most THEN
    PERFORM internal.refuse_over_quota('members', used - 1, most,
      format('The quota of %s members, open invitations included, is used up.', most));
  END IF;
  RETURN NULL;
END
$$;

-- The same bytes count when they come and when they go, however the server packs them meanwhile.
CREATE OR REPLACE FUNCTION internal.count_log_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.tenant_usage AS u (tenant_id, day, kind, events, bytes)
  SELECT w.tenant_id, (now() AT TIME ZONE 'UTC')::date, 'written', sum(w.last_seq - w.first_seq + 1),
    sum(octet_length(w.events::text))
  FROM written w GROUP BY w.tenant_id ORDER BY w.tenant_id
  ON CONFLICT (tenant_id, day, kind) DO UPDATE SET events = u.events + excluded.events, bytes = u.bytes + excluded.bytes;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION internal.count_log_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.tenant_usage AS u (tenant_id, day, kind, events, bytes)
  SELECT r.tenant_id, (now() AT TIME ZONE 'UTC')::date, 'removed', sum(r.last_seq - r.first_seq + 1),
    sum(octet_length(r.events::text))
  FROM removed r JOIN public.tenants t ON t.id = r.tenant_id GROUP BY r.tenant_id ORDER BY r.tenant_id
  ON CONFLICT (tenant_id, day, kind) DO UPDATE SET events = u.events + excluded.events, bytes = u.bytes + excluded.bytes;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.count_lines_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.tenant_usage AS u (tenant_id, day, kind, events, bytes)
  SELECT w.tenant_id, (now() AT TIME ZONE 'UTC')::date, 'lines', sum(w.last_seq - w.first_seq + 1),
    sum(octet_length(w.lines::text))
  FROM written w GROUP BY w.tenant_id ORDER BY w.tenant_id
  ON CONFLICT (tenant_id, day, kind) DO UPDATE SET events = u.events + excluded.events, bytes = u.bytes + excluded.bytes;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.count_lines_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.tenant_usage AS u (tenant_id, day, kind, events, bytes)
  SELECT r.tenant_id, (now() AT TIME ZONE 'UTC')::date, 'lines_removed', sum(r.last_seq - r.first_seq + 1),
    sum(octet_length(r.lines::text))
  FROM removed r JOIN public.tenants t ON t.id = r.tenant_id GROUP BY r.tenant_id ORDER BY r.tenant_id
  ON CONFLICT (tenant_id, day, kind) DO UPDATE SET events = u.events + excluded.events, bytes = u.bytes + excluded.bytes;
  RETURN NULL;
END
$$;

-- Tenants whose large values were not measured since.
CREATE FUNCTION public.unmeasured_tenants(p_before timestamptz, p_limit integer) RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT l.tenant_id FROM public.tenant_limits l
  WHERE l.blobs_measured_at IS NULL OR l.blobs_measured_at < p_before
  ORDER BY l.blobs_measured_at NULLS FIRST LIMIT p_limit
$$;

CREATE FUNCTION public.set_blob_bytes(p_tenant_id uuid, p_blobs bigint, p_bytes bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_tenant(p_tenant_id);
  UPDATE public.tenant_limits SET blobs_measured_at = now() WHERE tenant_id = p_tenant_id;
  INSERT INTO public.tenant_usage AS u (tenant_id, day, kind, events, bytes)
  SELECT t.id, (now() AT TIME ZONE 'UTC')::date, 'blobs', p_blobs, p_bytes FROM public.tenants t WHERE t.id = p_tenant_id
  ON CONFLICT (tenant_id, day, kind) DO UPDATE SET events = excluded.events, bytes = excluded.bytes;
END
$$;

-- What only the operator of the platform may set, by the names of the columns; the caller checks that.
DROP FUNCTION public.set_tenant_limits(uuid, integer, integer, integer, integer);
CREATE FUNCTION public.set_tenant_limits(p_tenant_id uuid, p_limits jsonb) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE public.tenant_limits l SET weight = n.weight, max_concurrent_runs = n.max_concurrent_runs,
    max_concurrent_tasks = n.max_concurrent_tasks, max_runs_per_minute = n.max_runs_per_minute,
    max_runs_per_day = n.max_runs_per_day, max_events_per_day = n.max_events_per_day,
    max_storage_bytes = n.max_storage_bytes, max_plugins = n.max_plugins, max_pipelines = n.max_pipelines,
    max_members = n.max_members, updated_at = now()
  FROM jsonb_populate_record(NULL::public.tenant_limits, p_limits) n
  WHERE l.tenant_id = p_tenant_id
  RETURNING true
$$;

GRANT CREATE ON SCHEMA public, internal TO ia_system;
DO $$
DECLARE
  signature regprocedure;
BEGIN
  -- Of everything made here: those with foreign rights belong to ia_system, and none is for everybody.
  FOR signature IN
    SELECT p.oid FROM pg_proc p JOIN unnest(ARRAY[
      'require_tenant', 'rename_tenant', 'transfer_tenant', 'notify_tenant_closed', 'cancel_tenant_runs', 'tenant_chores',
      'tenant_tables', 'tenant_export_tables', 'is_exported', 'open_tenant_export', 'begin_erasure', 'erasure_export_key',
      'erase_tenant_rows', 'finish_erasure', 'expired_exports', 'forget_export', 'erased_scopes', 'drop_unwanted_event',
      'refuse_over_quota', 'storage_bytes', 'count_runs_started', 'lock_quota', 'count_pipelines', 'count_plugins',
      'count_members', 'count_lines_written', 'count_lines_removed', 'unmeasured_tenants', 'set_blob_bytes',
      'set_tenant_limits']) AS made (name) ON made.name = p.proname
    WHERE p.pronamespace IN ('public'::regnamespace, 'internal'::regnamespace)
  LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO ia_system', signature);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
  END LOOP;
END
$$;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;

GRANT EXECUTE ON FUNCTION public.rename_tenant(uuid, text), public.transfer_tenant(uuid, text, text),
  public.cancel_tenant_runs(uuid, text), public.tenant_chores(timestamptz), public.tenant_export_tables(),
  public.open_tenant_export(uuid, text), public.begin_erasure(uuid, text), public.erasure_export_key(uuid),
  public.erase_tenant_rows(uuid, integer), public.finish_erasure(uuid), public.expired_exports(timestamptz),
  public.forget_export(uuid), public.unmeasured_tenants(timestamptz, integer), public.set_blob_bytes(uuid, bigint, bigint),
  public.set_tenant_limits(uuid, jsonb) TO ia_app;
GRANT EXECUTE ON FUNCTION public.erased_scopes(text[]) TO ia_registry;

CREATE TRIGGER notify_tenant_closed AFTER UPDATE OF "deleted_at" ON public.tenants
  FOR EACH ROW EXECUTE FUNCTION internal.notify_tenant_closed();
CREATE TRIGGER drop_unwanted_event BEFORE INSERT ON public.trigger_events
  FOR EACH ROW EXECUTE FUNCTION internal.drop_unwanted_event();
CREATE TRIGGER count_runs_started AFTER INSERT ON public.runs
  REFERENCING NEW TABLE AS started FOR EACH STATEMENT EXECUTE FUNCTION internal.count_runs_started();
CREATE TRIGGER count_pipelines AFTER INSERT ON public.pipelines FOR EACH ROW
  WHEN (NEW."archived_at" IS NULL) EXECUTE FUNCTION internal.count_pipelines();
CREATE TRIGGER count_pipelines_unarchived AFTER UPDATE OF "archived_at" ON public.pipelines FOR EACH ROW
  WHEN (NEW."archived_at" IS NULL AND OLD."archived_at" IS NOT NULL) EXECUTE FUNCTION internal.count_pipelines();
CREATE TRIGGER count_plugins AFTER INSERT ON public.installations FOR EACH ROW EXECUTE FUNCTION internal.count_plugins();
CREATE TRIGGER count_members AFTER INSERT ON auth."member" FOR EACH ROW EXECUTE FUNCTION internal.count_members();
CREATE TRIGGER count_invitations AFTER INSERT ON auth."invitation" FOR EACH ROW
  WHEN (NEW."status" = 'pending') EXECUTE FUNCTION internal.count_members();
CREATE TRIGGER count_lines_written AFTER INSERT ON public.run_log_chunks
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION internal.count_lines_written();
CREATE TRIGGER count_lines_removed AFTER DELETE ON public.run_log_chunks
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION internal.count_lines_removed();
