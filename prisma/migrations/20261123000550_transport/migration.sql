-- A key of an idempotent request is good for a day: then the API frees it.
GRANT UPDATE ("idempotency_key") ON public.runs TO ia_app;
