-- What tenants say of plugins, who publishes them, and what the operator of the platform does about complaints.

CREATE TABLE "plugin_reviews" (
    "id" UUID NOT NULL,
    -- Who wrote it, not who owns the plugin.
    "tenant_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "stars" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    -- Whether it shows the tenant's profile as a publisher.
    "is_signed" BOOLEAN NOT NULL DEFAULT false,
    "written_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- Of the plugin's owner.
    "answer" TEXT,
    "answered_by" TEXT,
    "answered_at" TIMESTAMPTZ(3),
    "hidden_reason" TEXT,
    "hidden_by" TEXT,
    "hidden_at" TIMESTAMPTZ(3),
    CONSTRAINT "plugin_reviews_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "plugin_reviews_stars_check" CHECK ("stars" BETWEEN 1 AND 5)
);
ALTER TABLE "plugin_reviews" ADD CONSTRAINT "plugin_reviews_tenant_id_fkey" FOREIGN KEY ("tenant_id")
  REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE UNIQUE INDEX "plugin_reviews_tenant_id_plugin_name_key" ON "plugin_reviews" ("tenant_id", "plugin_name");
CREATE UNIQUE INDEX "plugin_reviews_tenant_id_id_key" ON "plugin_reviews" ("tenant_id", "id");
CREATE INDEX "plugin_reviews_plugin_name_created_at_id_idx" ON "plugin_reviews" ("plugin_name", "created_at" DESC, "id" DESC);
CREATE INDEX "plugin_reviews_plugin_name_stars_created_at_id_idx"
  ON "plugin_reviews" ("plugin_name", "stars" DESC, "created_at" DESC, "id" DESC);

-- A complaint of a tenant about a plugin, one version of it, or a review of it.
CREATE TABLE "plugin_reports" (
    "id" UUID NOT NULL,
    -- Who complains.
    "tenant_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "version" TEXT,
    "review_id" UUID,
    "reason" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "reported_by" TEXT NOT NULL,
    "reported_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" TEXT NOT NULL DEFAULT 'open',
    "assigned_to" TEXT,
    "assigned_at" TIMESTAMPTZ(3),
    "resolution_note" TEXT,
    "resolved_by" TEXT,
    "resolved_at" TIMESTAMPTZ(3),
    CONSTRAINT "plugin_reports_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "plugin_reports_reason_check"
      CHECK ("reason" IN ('malicious', 'leaks_data', 'impersonation', 'broken', 'offensive', 'license', 'other')),
    CONSTRAINT "plugin_reports_status_check" CHECK ("status" IN ('open', 'dismissed', 'upheld'))
);
ALTER TABLE "plugin_reports" ADD CONSTRAINT "plugin_reports_tenant_id_fkey" FOREIGN KEY ("tenant_id")
  REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE UNIQUE INDEX "plugin_reports_tenant_id_id_key" ON "plugin_reports" ("tenant_id", "id");
CREATE INDEX "plugin_reports_tenant_id_reported_at_id_idx" ON "plugin_reports" ("tenant_id", "reported_at" DESC, "id" DESC);
CREATE INDEX "plugin_reports_status_reported_at_id_idx" ON "plugin_reports" ("status", "reported_at", "id");
CREATE UNIQUE INDEX "plugin_reports_one_open_idx" ON "plugin_reports"
  ("tenant_id", "plugin_name", coalesce("version", ''), coalesce("review_id"::text, '')) WHERE "status" = 'open';

SELECT internal.isolate_tenants(tenant_table)
FROM unnest(ARRAY['public.plugin_reviews', 'public.plugin_reports']::regclass[]) AS tenant_table;

-- What is said of a public plugin is public, and so is who publishes one. The subqueries see what their reader may see.
CREATE POLICY public_plugins ON public.plugin_reviews FOR SELECT TO ia_app
  USING (hidden_at IS NULL AND EXISTS (SELECT FROM public.plugins p WHERE p.name = plugin_name AND p.visibility = 'public'));
CREATE POLICY public_plugins ON public.publishers FOR SELECT TO ia_app
  USING (EXISTS (SELECT FROM public.plugins p WHERE p.tenant_id = publishers.tenant_id AND p.visibility = 'public'));

-- A transaction that the API has opened for the operator of the platform reads what is moderated.
CREATE POLICY operator ON public.plugin_reviews FOR SELECT TO ia_app USING (current_setting('app.is_operator', true) = 'on');
CREATE POLICY operator ON public.publishers FOR SELECT TO ia_app USING (current_setting('app.is_operator', true) = 'on');
CREATE POLICY operator ON public.plugin_reports FOR SELECT TO ia_app USING (current_setting('app.is_operator', true) = 'on');
CREATE POLICY operator ON public.takedowns FOR SELECT TO ia_app USING (current_setting('app.is_operator', true) = 'on');
CREATE POLICY operator ON public.tenants FOR SELECT TO ia_app USING (current_setting('app.is_operator', true) = 'on');

GRANT SELECT, INSERT, DELETE ON public.plugin_reviews TO ia_app;
GRANT UPDATE ("version", "stars", "title", "body", "is_signed", "written_by", "updated_at") ON public.plugin_reviews TO ia_app;
GRANT SELECT ON public.plugin_reports TO ia_app;
GRANT INSERT ("id", "tenant_id", "plugin_name", "version", "review_id", "reason", "description", "reported_by")
  ON public.plugin_reports TO ia_app;

GRANT SELECT, UPDATE, DELETE ON public.plugin_reviews, public.plugin_reports TO ia_system;
GRANT SELECT ON public.plugins TO ia_system;

--
-- What triggers keep
--

-- Hidden reviews do not count.
CREATE FUNCTION internal.count_ratings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  was_counted constant boolean := TG_OP <> 'INSERT' AND OLD.hidden_at IS NULL;
  is_counted constant boolean := TG_OP <> 'DELETE' AND NEW.hidden_at IS NULL;
  added integer := 0;
  stars integer := 0;
BEGIN
  IF was_counted THEN added := added - 1; stars := stars - OLD.stars; END IF;
  IF is_counted THEN added := added + 1; stars := stars + NEW.stars; END IF;
  IF added <> 0 OR stars <> 0 THEN
    UPDATE public.plugins p SET rating_count = p.rating_count + added, rating_sum = p.rating_sum + stars
    WHERE p.name = coalesce(NEW.plugin_name, OLD.plugin_name);
  END IF;
  RETURN NULL;
END
$$;

-- Who was checked was the one with that name.
CREATE FUNCTION internal.drop_verification() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.verified_at := NULL;
  NEW.verified_by := NULL;
  NEW.verification_note := NULL;
  RETURN NEW;
END
$$;

-- Search ranks by it.
CREATE FUNCTION internal.refresh_verified_plugins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.refresh_plugin_standing(p.name) FROM public.plugins p
  WHERE p.tenant_id = coalesce(NEW.tenant_id, OLD.tenant_id) ORDER BY p.name;
  RETURN NULL;
END
$$;

-- What is left of an owner who is gone names nobody; what was said of a package that is gone goes with it.
CREATE FUNCTION internal.forget_plugin_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM public.plugin_reviews r WHERE r.plugin_name = OLD.name;
    DELETE FROM public.plugin_reports r WHERE r.plugin_name = OLD.name;
  ELSE
    UPDATE public.plugin_reviews r SET answered_by = 'nobody' WHERE r.plugin_name = NEW.name AND r.answered_by IS NOT NULL;
    UPDATE public.takedowns t SET appealed_by = 'nobody' WHERE t.plugin_name = NEW.name AND t.appealed_by IS NOT NULL;
  END IF;
  RETURN NULL;
END
$$;

--
-- What the operator of the platform does. The API opens such a transaction for nobody else.
--

CREATE FUNCTION internal.require_operator() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
  IF current_setting('app.is_operator', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION 'This is for the operator of the platform.' USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

-- Whose a plugin is, and whether it has such a version; no row where there is no such plugin.
CREATE FUNCTION public.moderated_plugin(p_name text, p_version text) RETURNS TABLE (tenant_id uuid, is_orphan boolean, has_version boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_operator();
  RETURN QUERY SELECT p.tenant_id, NOT EXISTS (SELECT FROM public.tenants t WHERE t.id = p.tenant_id),
    p_version IS NULL OR EXISTS (
      SELECT FROM public.plugin_versions v WHERE v.plugin_name = p.name AND v.version = p_version)
  FROM public.plugins p WHERE p.name = p_name;
END
$$;

-- False: it is taken down already.
CREATE FUNCTION public.take_down_plugin(p_id uuid, p_name text, p_version text, p_reason text, p_by text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_operator();
  INSERT INTO public.takedowns (id, tenant_id, plugin_name, version, reason, taken_down_by)
  SELECT p_id, p.tenant_id, p.name, p_version, p_reason, p_by FROM public.plugins p WHERE p.name = p_name
  ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;

CREATE FUNCTION public.lift_takedown(p_id uuid, p_by text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_operator();
  UPDATE public.takedowns SET lifted_by = p_by, lifted_at = now() WHERE id = p_id AND lifted_at IS NULL;
  RETURN FOUND;
END
$$;

-- An appeal that is accepted lifts what it is about.
CREATE FUNCTION public.decide_appeal(p_id uuid, p_status text, p_answer text, p_by text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_operator();
  UPDATE public.takedowns t SET appeal_status = p_status, appeal_answer = p_answer, appeal_decided_by = p_by,
    appeal_decided_at = now(),
    lifted_by = CASE WHEN p_status = 'accepted' THEN coalesce(t.lifted_by, p_by) ELSE t.lifted_by END,
    lifted_at = CASE WHEN p_status = 'accepted' THEN coalesce(t.lifted_at, now()) ELSE t.lifted_at END
  WHERE t.id = p_id AND t.appeal_status = 'open';
  RETURN FOUND;
END
$$;

-- Without a reason it is shown again. False: it is so already.
CREATE FUNCTION public.hide_review(p_id uuid, p_reason text, p_by text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_operator();
  UPDATE public.plugin_reviews SET hidden_reason = p_reason, hidden_by = CASE WHEN p_reason IS NOT NULL THEN p_by END,
    hidden_at = CASE WHEN p_reason IS NOT NULL THEN now() END
  WHERE id = p_id AND (hidden_at IS NULL) = (p_reason IS NOT NULL);
  RETURN FOUND;
END
$$;

CREATE FUNCTION public.assign_report(p_id uuid, p_by text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_operator();
  UPDATE public.plugin_reports SET assigned_to = p_by, assigned_at = now() WHERE id = p_id AND status = 'open';
  RETURN FOUND;
END
$$;

CREATE FUNCTION public.resolve_report(p_id uuid, p_status text, p_note text, p_by text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_operator();
  UPDATE public.plugin_reports SET status = p_status, resolution_note = p_note, resolved_by = p_by, resolved_at = now()
  WHERE id = p_id AND status = 'open';
  RETURN FOUND;
END
$$;

-- Without a note the verification ends. Says why not: no_profile, also where it has another name than the one that was checked | taken
CREATE FUNCTION public.set_verification(p_tenant_id uuid, p_display_name text, p_note text, p_by text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_operator();
  UPDATE public.publishers SET verification_note = p_note, verified_by = CASE WHEN p_note IS NOT NULL THEN p_by END,
    verified_at = CASE WHEN p_note IS NOT NULL THEN now() END
  WHERE tenant_id = p_tenant_id AND (p_note IS NULL OR display_name = p_display_name);
  RETURN CASE WHEN FOUND THEN NULL ELSE 'no_profile' END;
EXCEPTION WHEN unique_violation THEN
  RETURN 'taken';
END
$$;

--
-- What tenants do
--

-- Whether a verified publisher has a name that looks like this one.
CREATE FUNCTION public.is_publisher_name_taken(p_tenant_id uuid, p_key text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM public.publishers p
    WHERE p.display_key = p_key AND p.verified_at IS NOT NULL AND p.tenant_id <> p_tenant_id)
$$;

-- Whether somebody belongs to the owner of a plugin.
CREATE FUNCTION public.is_of_plugin_owner(p_name text, p_user_id text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM public.plugins p JOIN auth."member" m ON m."organizationId" = p.tenant_id::text
    WHERE p.name = p_name AND m."userId" = p_user_id)
$$;

-- The answer of a plugin's owner to what is said of it; null takes it back. False: there is no such review of a plugin of the tenant.
CREATE FUNCTION public.answer_review(p_tenant_id uuid, p_id uuid, p_answer text, p_by text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.require_tenant(p_tenant_id);
  UPDATE public.plugin_reviews r SET answer = p_answer, answered_by = CASE WHEN p_answer IS NOT NULL THEN p_by END,
    answered_at = CASE WHEN p_answer IS NOT NULL THEN now() END
  FROM public.plugins p
  WHERE r.id = p_id AND r.hidden_at IS NULL AND p.name = r.plugin_name AND p.tenant_id = p_tenant_id;
  RETURN FOUND;
END
$$;

-- The pattern that keeps a package out; empty when it is only not among those that are allowed, null when it is let in.
CREATE FUNCTION public.plugin_rule_against(p_tenant_id uuid, p_name text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT CASE WHEN NOT public.is_plugin_let_in(p_tenant_id, p_name) THEN coalesce((
    SELECT r.pattern FROM public.plugin_rules r
    WHERE r.tenant_id = p_tenant_id AND r.effect = 'deny' AND r.pattern IN (p_name, split_part(p_name, '/', 1) || '/*')
    ORDER BY r.pattern = p_name DESC LIMIT 1), '') END
$$;

GRANT CREATE ON SCHEMA public, internal TO ia_system;
DO $$
DECLARE
  signature regprocedure;
BEGIN
  FOR signature IN
    SELECT p.oid FROM pg_proc p JOIN unnest(ARRAY[
      'count_ratings', 'refresh_verified_plugins', 'drop_verification', 'forget_plugin_owner', 'require_operator', 'moderated_plugin',
      'take_down_plugin', 'lift_takedown', 'decide_appeal', 'hide_review', 'assign_report', 'resolve_report',
      'set_verification', 'is_publisher_name_taken', 'is_of_plugin_owner', 'answer_review', 'plugin_rule_against'
    ]) AS made (name) ON made.name = p.proname
    WHERE p.pronamespace IN ('public'::regnamespace, 'internal'::regnamespace)
  LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO ia_system', signature);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
  END LOOP;
END
$$;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;

GRANT EXECUTE ON FUNCTION public.moderated_plugin(text, text), public.take_down_plugin(uuid, text, text, text, text),
  public.lift_takedown(uuid, text), public.decide_appeal(uuid, text, text, text), public.hide_review(uuid, text, text),
  public.assign_report(uuid, text), public.resolve_report(uuid, text, text, text), public.set_verification(uuid, text, text, text),
  public.is_publisher_name_taken(uuid, text), public.is_of_plugin_owner(text, text), public.answer_review(uuid, uuid, text, text) TO ia_app;
GRANT EXECUTE ON FUNCTION public.plugin_rule_against(uuid, text) TO ia_app, ia_worker;

CREATE TRIGGER count_ratings AFTER INSERT OR UPDATE OF "stars", "hidden_at" OR DELETE ON public.plugin_reviews
  FOR EACH ROW EXECUTE FUNCTION internal.count_ratings();
CREATE TRIGGER drop_verification BEFORE UPDATE OF "display_name" ON public.publishers
  FOR EACH ROW WHEN (NEW."display_name" <> OLD."display_name") EXECUTE FUNCTION internal.drop_verification();
CREATE TRIGGER refresh_verified_plugins AFTER UPDATE OF "verified_at", "display_name" ON public.publishers
  FOR EACH ROW WHEN (NEW."verified_at" IS DISTINCT FROM OLD."verified_at")
  EXECUTE FUNCTION internal.refresh_verified_plugins();
CREATE TRIGGER forget_plugin_owner AFTER UPDATE OF "tenant_id" OR DELETE ON public.plugins
  FOR EACH ROW EXECUTE FUNCTION internal.forget_plugin_owner();
