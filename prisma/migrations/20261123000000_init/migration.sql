-- CreateTable
CREATE TABLE "tenants" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pipelines" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "archived_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pipelines_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pipeline_versions" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "definition" JSON NOT NULL,
    "resolved_plugins" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pipeline_versions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "pipeline_version_id" UUID NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "wait_reason" TEXT,
    "parameters" JSON NOT NULL,
    "outputs" JSON,
    "error" JSON,
    "trigger" JSON NOT NULL,
    "seed" INTEGER NOT NULL,
    "last_seq" BIGINT NOT NULL DEFAULT 0,
    "idempotency_key" TEXT,
    "request_hash" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_event_chunks" (
    "tenant_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "first_seq" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,
    "events" JSON NOT NULL,

    CONSTRAINT "run_event_chunks_pkey" PRIMARY KEY ("run_id","first_seq")
);

-- CreateTable
CREATE TABLE "run_commands" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "requested_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "consumed_at" TIMESTAMPTZ(3),

    CONSTRAINT "run_commands_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "worker_leases" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "fence" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "worker_leases_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "plugins" (
    "name" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "visibility" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "keywords" TEXT[],
    "latest_version" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "plugins_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "plugin_versions" (
    "plugin_name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "visibility" TEXT NOT NULL,
    "integrity" TEXT NOT NULL,
    "manifest" JSONB NOT NULL,
    "readme" TEXT NOT NULL,
    "size_bytes" INTEGER NOT NULL,
    "deprecated" TEXT,
    "published_by" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "plugin_versions_pkey" PRIMARY KEY ("plugin_name","version")
);

-- CreateTable
CREATE TABLE "publish_intents" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "integrity" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "publish_intents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installations" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "integrity" TEXT NOT NULL,
    "grant" JSONB NOT NULL,
    "installed_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_tokens" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" JSONB NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    "previous_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("tenant_id","seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenants_slug_key" ON "tenants"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "pipelines_tenant_id_id_key" ON "pipelines"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "pipelines_tenant_id_name_key" ON "pipelines"("tenant_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "pipeline_versions_tenant_id_id_key" ON "pipeline_versions"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "pipeline_versions_tenant_id_pipeline_id_revision_key" ON "pipeline_versions"("tenant_id", "pipeline_id", "revision");

-- CreateIndex
CREATE UNIQUE INDEX "pipeline_versions_tenant_id_pipeline_id_version_key" ON "pipeline_versions"("tenant_id", "pipeline_id", "version");

-- CreateIndex
CREATE INDEX "runs_tenant_id_created_at_id_idx" ON "runs"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "runs_tenant_id_pipeline_id_created_at_id_idx" ON "runs"("tenant_id", "pipeline_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "runs_tenant_id_id_key" ON "runs"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "runs_tenant_id_created_by_idempotency_key_key" ON "runs"("tenant_id", "created_by", "idempotency_key");

-- CreateIndex
CREATE INDEX "run_commands_tenant_id_run_id_idx" ON "run_commands"("tenant_id", "run_id");

-- CreateIndex
CREATE UNIQUE INDEX "plugins_tenant_id_name_key" ON "plugins"("tenant_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "installations_tenant_id_id_key" ON "installations"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "installations_tenant_id_plugin_name_key" ON "installations"("tenant_id", "plugin_name");

-- CreateIndex
CREATE UNIQUE INDEX "api_tokens_hash_key" ON "api_tokens"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "api_tokens_tenant_id_id_key" ON "api_tokens"("tenant_id", "id");

-- AddForeignKey
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pipeline_versions" ADD CONSTRAINT "pipeline_versions_tenant_id_pipeline_id_fkey" FOREIGN KEY ("tenant_id", "pipeline_id") REFERENCES "pipelines"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_tenant_id_pipeline_id_fkey" FOREIGN KEY ("tenant_id", "pipeline_id") REFERENCES "pipelines"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_tenant_id_pipeline_version_id_fkey" FOREIGN KEY ("tenant_id", "pipeline_version_id") REFERENCES "pipeline_versions"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_event_chunks" ADD CONSTRAINT "run_event_chunks_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "runs"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_commands" ADD CONSTRAINT "run_commands_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "runs"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plugin_versions" ADD CONSTRAINT "plugin_versions_tenant_id_plugin_name_fkey" FOREIGN KEY ("tenant_id", "plugin_name") REFERENCES "plugins"("tenant_id", "name") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "installations" ADD CONSTRAINT "installations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What the Prisma schema can't say.

ALTER TABLE "runs" ADD CONSTRAINT "runs_status_check"
  CHECK ("status" IN ('pending', 'running', 'waiting', 'succeeded', 'failed', 'canceled'));

ALTER TABLE "run_event_chunks" ADD CONSTRAINT "run_event_chunks_seq_check"
  CHECK ("first_seq" >= 1 AND "last_seq" >= "first_seq");

ALTER TABLE "plugins" ADD CONSTRAINT "plugins_visibility_check" CHECK ("visibility" IN ('public', 'private'));

ALTER TABLE "plugin_versions" ADD CONSTRAINT "plugin_versions_visibility_check"
  CHECK ("visibility" IN ('public', 'private'));

ALTER TABLE "tenants" ADD CONSTRAINT "tenants_slug_check"
  CHECK ("slug" ~ '^[a-z0-9]([a-z0-9-]{0,37}[a-z0-9])?$' AND "slug" NOT IN ('community', 'ia-modules'));

-- The worker's queues hold few rows of a large table.
CREATE INDEX "runs_claimable_idx" ON "runs" ("created_at", "id") WHERE "status" = 'pending';
CREATE INDEX "runs_open_idx" ON "runs" ("created_at", "id") WHERE "status" IN ('running', 'waiting');
CREATE INDEX "run_commands_unconsumed_idx" ON "run_commands" ("id") WHERE "consumed_at" IS NULL;
