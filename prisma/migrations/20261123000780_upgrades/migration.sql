-- Upgrades of plugins that wait until somebody agrees to what the new version asks for in addition.

CREATE TABLE "upgrade_requests" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "plugin_name" TEXT NOT NULL,
    "from_version" TEXT NOT NULL,
    "to_version" TEXT NOT NULL,
    -- What the new version asks for that the one before did not, and the other way round.
    "permission_changes" JSONB NOT NULL,
    "note" TEXT NOT NULL DEFAULT '',
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "requested_by" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "decision_note" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "upgrade_requests_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "upgrade_requests_status_check" CHECK ("status" IN ('waiting', 'consented', 'declined', 'superseded')),
    CONSTRAINT "upgrade_requests_note_bound" CHECK (char_length("note") <= 1000 AND char_length("decision_note") <= 1000)
);
ALTER TABLE "upgrade_requests" ADD CONSTRAINT "upgrade_requests_tenant_id_plugin_name_fkey"
  FOREIGN KEY ("tenant_id", "plugin_name") REFERENCES "installations" ("tenant_id", "plugin_name")
  ON DELETE CASCADE ON UPDATE CASCADE;
CREATE UNIQUE INDEX "upgrade_requests_tenant_id_id_key" ON "upgrade_requests" ("tenant_id", "id");
CREATE INDEX "upgrade_requests_tenant_id_requested_at_id_idx"
  ON "upgrade_requests" ("tenant_id", "requested_at" DESC, "id" DESC);
CREATE UNIQUE INDEX "upgrade_requests_one_waiting_idx" ON "upgrade_requests" ("tenant_id", "plugin_name")
  WHERE "status" = 'waiting';

SELECT internal.isolate_tenants('public.upgrade_requests');
GRANT SELECT, INSERT ON public.upgrade_requests TO ia_app;
GRANT UPDATE ("status", "decided_by", "decided_at", "decision_note") ON public.upgrade_requests TO ia_app;
