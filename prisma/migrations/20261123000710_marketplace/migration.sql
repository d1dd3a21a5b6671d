-- The marketplace: what is known of plugins beyond their tarballs, and what a tenant may run of them.

-- The platform publishes from a tenant of its own; that nobody else takes its slug is seen to by who makes tenants.
ALTER TABLE "tenants" DROP CONSTRAINT "tenants_slug_check";
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_slug_check"
  CHECK ("slug" ~ '^[a-z0-9]([a-z0-9-]{0,37}[a-z0-9])?$' AND "slug" <> 'community');

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

ALTER TABLE "plugins"
  ADD COLUMN "category" TEXT NOT NULL DEFAULT 'other',
  -- Kept by triggers.
  ADD COLUMN "install_count" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "download_count" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "rating_count" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "rating_sum" INTEGER NOT NULL DEFAULT 0,
  -- Set with each change of notices or of the latest version; the registry carries it into its storage and takes it back.
  ADD COLUMN "is_storage_behind" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "plugins_storage_behind_idx" ON "plugins" ("name") WHERE "is_storage_behind";
CREATE INDEX "plugins_category_name_idx" ON "plugins" ("category", "name");

ALTER TABLE "plugin_versions"
  -- SVG, as it lies in the tarball.
  ADD COLUMN "icon" TEXT,
  -- [{keyid, sig}] over `name@version:integrity`, as npm clients know them.
  ADD COLUMN "signatures" JSONB NOT NULL DEFAULT '[]',
  -- What to use in place of a deprecated version: a package name, with a range or without.
  ADD COLUMN "replacement" TEXT;

-- Public halves of the keys that the registry signs with.
CREATE TABLE "registry_keys" (
    -- SHA256:<base64 of the SHA-256 of the key's SubjectPublicKeyInfo>
    "key_id" TEXT NOT NULL,
    -- SubjectPublicKeyInfo, base64.
    "public_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" TEXT,
    CONSTRAINT "registry_keys_pkey" PRIMARY KEY ("key_id")
);

-- Which runs have used which tarballs: written before the code runs.
CREATE TABLE "plugin_uses" (
    "tenant_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "integrity" TEXT NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "pipeline_version_id" UUID NOT NULL,
    "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "plugin_uses_pkey" PRIMARY KEY ("run_id", "plugin_name", "version")
);
ALTER TABLE "plugin_uses" ADD CONSTRAINT "plugin_uses_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id")
  REFERENCES "runs" ("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX "plugin_uses_tenant_id_plugin_name_version_used_at_run_id_idx"
  ON "plugin_uses" ("tenant_id", "plugin_name", "version", "used_at" DESC, "run_id" DESC);
CREATE INDEX "plugin_uses_plugin_name_version_idx" ON "plugin_uses" ("plugin_name", "version", "used_at" DESC, "run_id" DESC);

-- All versions of a plugin that a tenant has agreed to, each with what it allows; `installations` names the one for new pipelines.
CREATE TABLE "installed_versions" (
    "tenant_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "integrity" TEXT NOT NULL,
    "grant" JSONB NOT NULL,
    "installed_by" TEXT NOT NULL,
    "installed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "installed_versions_pkey" PRIMARY KEY ("tenant_id", "plugin_name", "version")
);
ALTER TABLE "installed_versions" ADD CONSTRAINT "installed_versions_tenant_id_plugin_name_fkey"
  FOREIGN KEY ("tenant_id", "plugin_name") REFERENCES "installations" ("tenant_id", "plugin_name")
  ON DELETE CASCADE ON UPDATE CASCADE;

INSERT INTO "installed_versions" ("tenant_id", "plugin_name", "version", "integrity", "grant", "installed_by", "installed_at")
SELECT i."tenant_id", i."plugin_name", i."version", i."integrity", i."grant", i."installed_by", i."updated_at"
FROM "installations" i;
-- What pipelines have pinned runs on as before.
INSERT INTO "installed_versions" ("tenant_id", "plugin_name", "version", "integrity", "grant", "installed_by", "installed_at")
SELECT DISTINCT ON (i."tenant_id", i."plugin_name", pinned.value ->> 'version')
  i."tenant_id", i."plugin_name", pinned.value ->> 'version', pinned.value ->> 'integrity', i."grant", i."installed_by", i."created_at"
FROM "pipeline_versions" v
CROSS JOIN LATERAL jsonb_each(v."resolved_plugins") AS pinned
JOIN "installations" i ON i."tenant_id" = v."tenant_id" AND i."plugin_name" = pinned.value ->> 'name'
WHERE pinned.value ->> 'integrity' IS NOT NULL
ON CONFLICT DO NOTHING;

-- What a tenant lets in: `@scope/name` or `@scope/*`. What is denied stays out; with something allowed, all else does.
CREATE TABLE "plugin_rules" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "pattern" TEXT NOT NULL,
    "effect" TEXT NOT NULL,
    "reason" TEXT NOT NULL DEFAULT '',
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "plugin_rules_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "plugin_rules_effect_check" CHECK ("effect" IN ('allow', 'deny'))
);
ALTER TABLE "plugin_rules" ADD CONSTRAINT "plugin_rules_tenant_id_fkey" FOREIGN KEY ("tenant_id")
  REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE UNIQUE INDEX "plugin_rules_tenant_id_pattern_key" ON "plugin_rules" ("tenant_id", "pattern");
CREATE UNIQUE INDEX "plugin_rules_tenant_id_id_key" ON "plugin_rules" ("tenant_id", "id");

-- How a tenant shows itself to those who use its plugins.
CREATE TABLE "publishers" (
    "tenant_id" UUID NOT NULL,
    -- The tenant's slug, which never changes.
    "scope" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    -- The name as the eye takes it: names that look alike have the same.
    "display_key" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "website" TEXT,
    "verified_at" TIMESTAMPTZ(3),
    "verified_by" TEXT,
    "verification_note" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "publishers_pkey" PRIMARY KEY ("tenant_id")
);
ALTER TABLE "publishers" ADD CONSTRAINT "publishers_tenant_id_fkey" FOREIGN KEY ("tenant_id")
  REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE UNIQUE INDEX "publishers_scope_key" ON "publishers" ("scope");
CREATE UNIQUE INDEX "publishers_one_verified_idx" ON "publishers" ("display_key") WHERE "verified_at" IS NOT NULL;

-- A warning about versions of a plugin: while it stands, nothing new starts with them.
CREATE TABLE "advisories" (
    "id" UUID NOT NULL,
    -- Of the plugin's owner.
    "tenant_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "affected_range" TEXT NOT NULL,
    "patched_range" TEXT,
    "severity" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "published_by" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- Whether the operator of the platform warns: then the owner does not take it back.
    "is_by_operator" BOOLEAN NOT NULL DEFAULT coalesce(current_setting('app.is_operator', true) = 'on', false),
    "withdrawn_by" TEXT,
    "withdrawn_at" TIMESTAMPTZ(3),
    CONSTRAINT "advisories_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "advisories_severity_check" CHECK ("severity" IN ('low', 'moderate', 'high', 'critical'))
);
ALTER TABLE "advisories" ADD CONSTRAINT "advisories_tenant_id_plugin_name_fkey" FOREIGN KEY ("tenant_id", "plugin_name")
  REFERENCES "plugins" ("tenant_id", "name") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX "advisories_plugin_name_published_at_id_idx" ON "advisories" ("plugin_name", "published_at" DESC, "id" DESC);
CREATE UNIQUE INDEX "advisories_tenant_id_id_key" ON "advisories" ("tenant_id", "id");

-- The versions that an advisory's range holds, those published after it too.
CREATE TABLE "advisory_versions" (
    "tenant_id" UUID NOT NULL,
    "advisory_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    CONSTRAINT "advisory_versions_pkey" PRIMARY KEY ("advisory_id", "version")
);
ALTER TABLE "advisory_versions" ADD CONSTRAINT "advisory_versions_tenant_id_advisory_id_fkey"
  FOREIGN KEY ("tenant_id", "advisory_id") REFERENCES "advisories" ("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX "advisory_versions_plugin_name_version_idx" ON "advisory_versions" ("plugin_name", "version");

-- A plugin, or one version of it, that the operator of the platform has taken out; its owner may appeal.
CREATE TABLE "takedowns" (
    "id" UUID NOT NULL,
    -- Of the plugin's owner.
    "tenant_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    -- Null: all of them, those to come too.
    "version" TEXT,
    "reason" TEXT NOT NULL,
    "taken_down_by" TEXT NOT NULL,
    "taken_down_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lifted_by" TEXT,
    "lifted_at" TIMESTAMPTZ(3),
    "appeal" TEXT,
    "appealed_by" TEXT,
    "appealed_at" TIMESTAMPTZ(3),
    "appeal_status" TEXT,
    "appeal_answer" TEXT,
    "appeal_decided_by" TEXT,
    "appeal_decided_at" TIMESTAMPTZ(3),
    CONSTRAINT "takedowns_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "takedowns_appeal_status_check" CHECK ("appeal_status" IN ('open', 'accepted', 'rejected'))
);
ALTER TABLE "takedowns" ADD CONSTRAINT "takedowns_tenant_id_plugin_name_fkey" FOREIGN KEY ("tenant_id", "plugin_name")
  REFERENCES "plugins" ("tenant_id", "name") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE UNIQUE INDEX "takedowns_one_standing_idx" ON "takedowns" ("plugin_name", coalesce("version", '')) WHERE "lifted_at" IS NULL;
CREATE UNIQUE INDEX "takedowns_tenant_id_id_key" ON "takedowns" ("tenant_id", "id");

-- What was fetched and installed of a version on a day (UTC).
CREATE TABLE "plugin_days" (
    -- Of the plugin's owner.
    "tenant_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "downloads" INTEGER NOT NULL DEFAULT 0,
    "installs" INTEGER NOT NULL DEFAULT 0,
    "uninstalls" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "plugin_days_pkey" PRIMARY KEY ("plugin_name", "day", "version")
);
ALTER TABLE "plugin_days" ADD CONSTRAINT "plugin_days_tenant_id_plugin_name_fkey" FOREIGN KEY ("tenant_id", "plugin_name")
  REFERENCES "plugins" ("tenant_id", "name") ON DELETE CASCADE ON UPDATE CASCADE;

SELECT internal.isolate_tenants(tenant_table)
FROM unnest(ARRAY[
  'public.plugin_uses', 'public.installed_versions', 'public.plugin_rules', 'public.publishers', 'public.advisories',
  'public.advisory_versions', 'public.takedowns', 'public.plugin_days'
]::regclass[]) AS tenant_table;

-- What is known of a public plugin is public. The subquery sees what its reader may see.
CREATE POLICY public_plugins ON public.advisories FOR SELECT TO ia_app, ia_worker, ia_registry
  USING (EXISTS (SELECT FROM public.plugins p WHERE p.name = plugin_name AND p.visibility = 'public'));
CREATE POLICY public_plugins ON public.advisory_versions FOR SELECT TO ia_app, ia_worker, ia_registry
  USING (EXISTS (SELECT FROM public.plugins p WHERE p.name = plugin_name AND p.visibility = 'public'));
CREATE POLICY public_plugins ON public.plugin_days FOR SELECT TO ia_app, ia_worker, ia_registry
  USING (EXISTS (SELECT FROM public.plugins p WHERE p.name = plugin_name AND p.visibility = 'public'));

GRANT SELECT ON public.registry_keys TO ia_app, ia_worker, ia_registry, ia_system;
GRANT INSERT ON public.registry_keys TO ia_registry;
GRANT UPDATE ("expires_at", "revoked_at", "revoked_reason") ON public.registry_keys TO ia_system;

GRANT SELECT ON public.plugin_uses, public.publishers, public.takedowns, public.plugin_days TO ia_app;
GRANT SELECT, INSERT, DELETE ON public.plugin_rules TO ia_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.installed_versions TO ia_app;
GRANT INSERT ("tenant_id", "scope", "display_name", "display_key", "description", "website", "updated_at") ON public.publishers
  TO ia_app;
GRANT UPDATE ("display_name", "display_key", "description", "website", "updated_at") ON public.publishers TO ia_app;
GRANT SELECT, INSERT ON public.advisories, public.advisory_versions TO ia_app;
GRANT UPDATE ("withdrawn_by", "withdrawn_at") ON public.advisories TO ia_app;
GRANT UPDATE ("appeal", "appealed_by", "appealed_at", "appeal_status") ON public.takedowns TO ia_app;
GRANT UPDATE ("is_storage_behind", "latest_version") ON public.plugins TO ia_app;
GRANT UPDATE ("deprecated", "replacement") ON public.plugin_versions TO ia_app;

GRANT SELECT, INSERT ON public.plugin_uses TO ia_worker;
GRANT SELECT ON public.installed_versions, public.plugin_rules, public.advisories, public.advisory_versions TO ia_worker;

GRANT SELECT, INSERT ON public.advisory_versions TO ia_registry;
GRANT SELECT ON public.advisories, public.takedowns TO ia_registry;
GRANT UPDATE ("replacement") ON public.plugin_versions TO ia_registry;

GRANT SELECT ON public.plugin_uses, public.installed_versions, public.plugin_rules, public.advisories, public.advisory_versions,
  public.takedowns, public.plugin_days, public.plugin_versions, public.installations TO ia_system;
GRANT INSERT, UPDATE ON public.advisories, public.advisory_versions, public.takedowns, public.plugin_days TO ia_system;
GRANT SELECT, UPDATE, DELETE ON public.publishers TO ia_system;
GRANT UPDATE ("install_count", "download_count", "rating_count", "rating_sum", "category", "is_storage_behind")
  ON public.plugins TO ia_system;

-- What comes with the platform is let in unless it is denied, or the list of what is allowed names something of the platform.
CREATE FUNCTION public.do_rules_let_in(p_allowed text[], p_denied text[], p_name text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT NOT named.keys && p_denied AND (named.keys && p_allowed OR cardinality(ARRAY(
    SELECT pattern FROM unnest(p_allowed) AS pattern
    WHERE split_part(p_name, '/', 1) <> '@ia-modules' OR pattern LIKE '@ia-modules/%')) = 0)
  FROM (SELECT ARRAY[p_name, split_part(p_name, '/', 1) || '/*'] AS keys) named
$$;

-- Whether the rules of a tenant let a package in.
CREATE FUNCTION public.is_plugin_let_in(p_tenant_id uuid, p_name text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT public.do_rules_let_in(
    coalesce(array_agg(r.pattern) FILTER (WHERE r.effect = 'allow'), '{}'),
    coalesce(array_agg(r.pattern) FILTER (WHERE r.effect = 'deny'), '{}'), p_name)
  FROM public.plugin_rules r WHERE r.tenant_id = p_tenant_id
$$;

-- Why nothing new starts with a version, for whichever tenant, the gravest reason first; nothing when it may.
CREATE FUNCTION public.plugin_blocks_of(p_name text, p_version text)
RETURNS TABLE (code text, reason text, patched_range text, advisory_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT b.code, b.reason, b.patched_range, b.advisory_id FROM (
    SELECT 'IA_PLUGIN_TAKEN_DOWN' AS code, t.reason, NULL::text AS patched_range, NULL::uuid AS advisory_id, -1 AS place, t.taken_down_at AS at
    FROM public.takedowns t
    WHERE t.plugin_name = p_name AND (t.version IS NULL OR t.version = p_version) AND t.lifted_at IS NULL
    UNION ALL
    SELECT 'IA_PLUGIN_ADVISORY', a.severity || ': ' || a.title, a.patched_range, a.id,
      array_position(ARRAY['critical', 'high', 'moderate', 'low'], a.severity), a.published_at
    FROM public.advisory_versions v JOIN public.advisories a ON a.id = v.advisory_id
    WHERE v.plugin_name = p_name AND v.version = p_version AND a.withdrawn_at IS NULL
  ) b ORDER BY b.place, b.at DESC
$$;

-- All that decides whether a tenant may begin anything with a published version.
CREATE FUNCTION public.plugin_standing(p_tenant_id uuid, p_name text, p_version text) RETURNS TABLE (
  integrity text, signatures jsonb, published_at timestamptz, is_let_in boolean, block_code text, block_reason text, patched_range text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT v.integrity, v.signatures, v.published_at, public.is_plugin_let_in(p_tenant_id, p_name), b.code, b.reason, b.patched_range
  FROM public.plugin_versions v
  LEFT JOIN LATERAL (SELECT * FROM public.plugin_blocks_of(p_name, p_version) LIMIT 1) b ON true
  WHERE v.plugin_name = p_name AND v.version = p_version AND (v.visibility = 'public' OR v.tenant_id = p_tenant_id)
$$;

-- The same for a version that the tenant has installed, with what it allows it; no row when the tenant has it not.
CREATE FUNCTION public.plugin_admission(p_tenant_id uuid, p_name text, p_version text) RETURNS TABLE (
  "grant" jsonb, integrity text, signatures jsonb, published_at timestamptz, is_let_in boolean, block_code text, block_reason text,
  patched_range text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT i."grant", s.* FROM public.installed_versions i
  CROSS JOIN LATERAL public.plugin_standing(p_tenant_id, p_name, p_version) s
  WHERE i.tenant_id = p_tenant_id AND i.plugin_name = p_name AND i.version = p_version
$$;

-- Those who keep in memory what is blocked read it anew.
CREATE FUNCTION internal.notify_plugin_blocks() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('plugin_blocks', '');
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.notify_plugin_rules() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('plugin_rules', coalesce(NEW.tenant_id, OLD.tenant_id)::text);
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.notify_storage_behind() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('storage_behind', NEW.name);
  RETURN NULL;
END
$$;

-- Installations, counted by day and in all.
CREATE FUNCTION internal.count_installations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR NEW.version <> OLD.version) THEN
    INSERT INTO public.plugin_days AS d (tenant_id, plugin_name, version, day, uninstalls)
    SELECT p.tenant_id, p.name, OLD.version, (now() AT TIME ZONE 'UTC')::date, 1 FROM public.plugins p WHERE p.name = OLD.plugin_name
    ON CONFLICT (plugin_name, day, version) DO UPDATE SET uninstalls = d.uninstalls + 1;
  END IF;
  IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR NEW.version <> OLD.version) THEN
    INSERT INTO public.plugin_days AS d (tenant_id, plugin_name, version, day, installs)
    SELECT p.tenant_id, p.name, NEW.version, (now() AT TIME ZONE 'UTC')::date, 1 FROM public.plugins p WHERE p.name = NEW.plugin_name
    ON CONFLICT (plugin_name, day, version) DO UPDATE SET installs = d.installs + 1;
  END IF;
  IF TG_OP = 'INSERT' THEN
    UPDATE public.plugins SET install_count = install_count + 1 WHERE name = NEW.plugin_name;
  ELSIF TG_OP = 'DELETE' THEN
    UPDATE public.plugins SET install_count = greatest(install_count - 1, 0) WHERE name = OLD.plugin_name;
  END IF;
  RETURN NULL;
END
$$;

-- Adds downloads that the registry has counted: [{name, version, count}].
CREATE FUNCTION public.count_downloads(p_downloads jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH counted AS (
    SELECT v.tenant_id, v.plugin_name, v.version, sum(d.count)::integer AS count
    FROM jsonb_to_recordset(p_downloads) AS d (name text, version text, count integer)
    JOIN public.plugin_versions v ON v.plugin_name = d.name AND v.version = d.version
    WHERE d.count > 0
    GROUP BY 1, 2, 3 ORDER BY 2, 3
  ), days AS (
    INSERT INTO public.plugin_days AS d (tenant_id, plugin_name, version, day, downloads)
    SELECT c.tenant_id, c.plugin_name, c.version, (now() AT TIME ZONE 'UTC')::date, c.count FROM counted c
    ON CONFLICT (plugin_name, day, version) DO UPDATE SET downloads = d.downloads + excluded.downloads
    RETURNING 1
  )
  UPDATE public.plugins p SET download_count = p.download_count + c.count
  FROM (SELECT plugin_name, sum(count) AS count FROM counted GROUP BY 1) c WHERE p.name = c.plugin_name
$$;

GRANT CREATE ON SCHEMA public, internal TO ia_system;
ALTER FUNCTION public.plugin_blocks_of(text, text) OWNER TO ia_system;
ALTER FUNCTION public.do_rules_let_in(text[], text[], text) OWNER TO ia_system;
ALTER FUNCTION public.is_plugin_let_in(uuid, text) OWNER TO ia_system;
ALTER FUNCTION public.plugin_standing(uuid, text, text) OWNER TO ia_system;
ALTER FUNCTION public.plugin_admission(uuid, text, text) OWNER TO ia_system;
ALTER FUNCTION internal.count_installations() OWNER TO ia_system;
ALTER FUNCTION public.count_downloads(jsonb) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;

REVOKE ALL ON FUNCTION public.plugin_blocks_of(text, text), public.do_rules_let_in(text[], text[], text),
  public.is_plugin_let_in(uuid, text), public.plugin_standing(uuid, text, text),
  public.plugin_admission(uuid, text, text), public.count_downloads(jsonb), internal.notify_plugin_blocks(),
  internal.notify_plugin_rules(), internal.notify_storage_behind(), internal.count_installations() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.plugin_blocks_of(text, text) TO ia_app, ia_worker, ia_registry;
GRANT EXECUTE ON FUNCTION public.do_rules_let_in(text[], text[], text) TO ia_app;
GRANT EXECUTE ON FUNCTION public.is_plugin_let_in(uuid, text), public.plugin_standing(uuid, text, text),
  public.plugin_admission(uuid, text, text) TO ia_app, ia_worker;
GRANT EXECUTE ON FUNCTION public.count_downloads(jsonb) TO ia_registry;

CREATE TRIGGER notify_plugin_blocks AFTER INSERT OR UPDATE OR DELETE ON public.advisories
  FOR EACH STATEMENT EXECUTE FUNCTION internal.notify_plugin_blocks();
CREATE TRIGGER notify_plugin_blocks AFTER INSERT OR UPDATE OR DELETE ON public.advisory_versions
  FOR EACH STATEMENT EXECUTE FUNCTION internal.notify_plugin_blocks();
CREATE TRIGGER notify_plugin_blocks AFTER INSERT OR UPDATE OR DELETE ON public.takedowns
  FOR EACH STATEMENT EXECUTE FUNCTION internal.notify_plugin_blocks();
CREATE TRIGGER notify_plugin_blocks AFTER INSERT OR UPDATE OR DELETE ON public.registry_keys
  FOR EACH STATEMENT EXECUTE FUNCTION internal.notify_plugin_blocks();
CREATE TRIGGER notify_plugin_rules AFTER INSERT OR DELETE ON public.plugin_rules
  FOR EACH ROW EXECUTE FUNCTION internal.notify_plugin_rules();
CREATE TRIGGER notify_storage_behind AFTER UPDATE OF "is_storage_behind" ON public.plugins
  FOR EACH ROW WHEN (NEW."is_storage_behind") EXECUTE FUNCTION internal.notify_storage_behind();
CREATE TRIGGER count_installations AFTER INSERT OR UPDATE OF "version" OR DELETE ON public.installations
  FOR EACH ROW EXECUTE FUNCTION internal.count_installations();
