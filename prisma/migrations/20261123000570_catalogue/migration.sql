-- Each order that a list of the API can be read in has an index that gives it, so that a page takes the same time at any depth.
CREATE INDEX "pipelines_tenant_id_created_at_id_idx" ON "pipelines"("tenant_id", "created_at", "id");
CREATE INDEX "pipelines_tenant_id_updated_at_id_idx" ON "pipelines"("tenant_id", "updated_at", "id");

CREATE INDEX "runs_tenant_id_created_by_created_at_id_idx"
  ON "runs"("tenant_id", "created_by", "created_at" DESC, "id" DESC);

CREATE INDEX "approvals_tenant_id_requested_at_run_id_key_idx"
  ON "approvals"("tenant_id", "requested_at" DESC, "run_id" DESC, "key" DESC);
DROP INDEX "approvals_tenant_id_status_requested_at_idx";
CREATE INDEX "approvals_tenant_id_status_requested_at_run_id_key_idx"
  ON "approvals"("tenant_id", "status", "requested_at" DESC, "run_id" DESC, "key" DESC);

CREATE INDEX "schedules_tenant_id_name_id_idx" ON "schedules"("tenant_id", "name", "id");
CREATE INDEX "webhooks_tenant_id_name_id_idx" ON "webhooks"("tenant_id", "name", "id");
CREATE INDEX "event_triggers_tenant_id_name_id_idx" ON "event_triggers"("tenant_id", "name", "id");
CREATE INDEX "schedules_tenant_id_is_enabled_name_id_idx" ON "schedules"("tenant_id", "is_enabled", "name", "id");
CREATE INDEX "webhooks_tenant_id_is_enabled_name_id_idx" ON "webhooks"("tenant_id", "is_enabled", "name", "id");
CREATE INDEX "event_triggers_tenant_id_is_enabled_name_id_idx"
  ON "event_triggers"("tenant_id", "is_enabled", "name", "id");

CREATE INDEX "plugin_versions_plugin_name_published_at_version_idx"
  ON "plugin_versions"("plugin_name", "published_at" DESC, "version" DESC);

CREATE INDEX "plugins_updated_at_name_idx" ON "plugins"("updated_at", "name");

-- The parts of a run, and what came out of it, are lists too.
DROP INDEX "runs_children_idx";
DROP INDEX "runs_descendants_idx";
CREATE INDEX "runs_children_idx" ON "runs" ("parent_run_id", "created_at" DESC, "id" DESC)
  WHERE "parent_run_id" IS NOT NULL;
CREATE INDEX "runs_descendants_idx" ON "runs" ("origin_run_id", "created_at" DESC, "id" DESC)
  WHERE "origin_run_id" IS NOT NULL;
