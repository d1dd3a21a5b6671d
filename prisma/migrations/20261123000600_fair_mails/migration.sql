-- Whose mails these are: those of accounts belong to no tenant, and are one group.
CREATE INDEX "mail_queue_turn_idx" ON public.mail_queue ((coalesce(payload->>'tenantId', '')), next_at)
  WHERE status = 'pending';

-- Lends due mails to one sender, for as long as the lease says; what was settled a month ago is forgotten meanwhile.
-- Tenants take turns: one that asks for very many approvals keeps back neither the approvals of others nor a new password.
CREATE OR REPLACE FUNCTION public.take_mails(p_limit integer, p_lease_ms integer)
RETURNS TABLE (id uuid, kind text, payload jsonb, attempt integer)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  DELETE FROM public.mail_queue q WHERE q.id IN (
    SELECT s.id FROM public.mail_queue s WHERE s.settled_at < now() - interval '30 days' ORDER BY s.settled_at LIMIT 100
    FOR UPDATE SKIP LOCKED);
  WITH RECURSIVE waiting AS (
    (SELECT coalesce(m.payload->>'tenantId', '') AS tenant FROM public.mail_queue m WHERE m.status = 'pending'
     ORDER BY coalesce(m.payload->>'tenantId', '') LIMIT 1)
    UNION ALL
    SELECT (SELECT coalesce(m.payload->>'tenantId', '') FROM public.mail_queue m
      WHERE m.status = 'pending' AND coalesce(m.payload->>'tenantId', '') > w.tenant
      ORDER BY coalesce(m.payload->>'tenantId', '') LIMIT 1)
    FROM waiting w WHERE w.tenant IS NOT NULL
  ), due AS (
    SELECT f.id, f.turn, f.next_at FROM waiting w
    CROSS JOIN LATERAL (
      SELECT m.id, m.next_at, row_number() OVER (ORDER BY m.next_at) AS turn FROM public.mail_queue m
      WHERE m.status = 'pending' AND coalesce(m.payload->>'tenantId', '') = w.tenant AND m.next_at <= now()
      ORDER BY m.next_at LIMIT p_limit * 4 -- another sender may take the first ones at this moment
    ) f
    WHERE w.tenant IS NOT NULL
  )
  UPDATE public.mail_queue q SET attempts = q.attempts + 1, next_at = now() + p_lease_ms * interval '1 millisecond'
  WHERE q.id IN (
    SELECT m.id FROM public.mail_queue m JOIN due ON due.id = m.id
    WHERE m.status = 'pending' AND m.next_at <= now()
    ORDER BY due.turn, due.next_at LIMIT p_limit
    FOR UPDATE OF m SKIP LOCKED)
  RETURNING q.id, q.kind, q.payload, q.attempts;
$$;
