-- CreateIndex
CREATE INDEX "api_tokens_tenant_id_created_at_id_idx" ON "api_tokens"("tenant_id", "created_at" DESC, "id" DESC);

GRANT UPDATE ("name") ON public.api_tokens TO ia_app;
