import { askJson, type QueryValue, toUrl } from '@ia-modules/http-client';
import { PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const MAX_BYTES = 1024 * 1024;

const refusal = z.object({ reason: z.string().max(500) });

type Question<S extends z.ZodType> = {
  readonly url: URL;
  readonly input: { readonly timeout_ms: number; readonly api_key?: string | undefined };
  readonly schema: S;
};

/** @throws PluginError `HttpStatusError` with the server's reason as its hint, `HttpBodyError` for an answer of another form */
export const askOpenMeteo = async <S extends z.ZodType>(
  ctx: PluginContext,
  { url, input, schema }: Question<S>,
): Promise<z.output<S>> => {
  if (input.api_key !== undefined) url.searchParams.set('apikey', input.api_key);
  const body = await askJson(ctx, {
    url,
    timeoutMs: input.timeout_ms,
    maxBytes: MAX_BYTES,
    hintFor: (_status, text) => reasonOf(text),
  });
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PluginError({
    name: 'HttpBodyError',
    message:
      `${url.host} does not answer as Open-Meteo does: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trimEnd(),
  });
};

const reasonOf = (text: string): string | undefined => {
  try {
    return refusal.safeParse(JSON.parse(text)).data?.reason;
  } catch {
    return undefined;
  }
};

/** Below the server's path, whether that ends with a slash or not. */
export const endpointOf = (baseUrl: string, path: string, query: Readonly<Record<string, QueryValue>>): URL =>
  toUrl(new URL(path, baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`).href, query);
