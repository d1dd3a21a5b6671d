import { exchange, parseJsonBody, readText, statusError, toUrl } from '@ia-modules/http-client';
import { PluginError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
const MAX_TOKEN_BYTES = 65536;
const TIMEOUT_MS = 30000;
/** A token that ends this soon is asked for anew. */
const LEEWAY_MS = 10000;
export const oauthInput = z.strictObject({
  type: z.literal('oauth2_client_credentials'),
  token_url: z.url({ protocol: /^https?$/ }).describe('Where tokens are given out.'),
  client_id: z.string().min(1).describe('Of this client.'),
  client_secret: z.string().min(1).describe('Write it as {{ secrets.NAME }}.'),
  scope: z.string().optional().describe('Scopes, with spaces between them.'),
  audience: z.string().optional().describe('Who the token is for, where the server wants to know.'),
  send_in: z.enum(['header', 'body']).default('header').describe('Where the server takes id and secret.'),
});
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive().optional() });
/** Tokens live as long as the call that asked for them: pages and tries share one. */
const tokens = new WeakMap();
export const readToken = async (ctx, auth) => {
  const kept = tokens.get(ctx) ?? new Map();
  tokens.set(ctx, kept);
  const key = keyOf(auth);
  const known = kept.get(key);
  if (known !== undefined && known.endsAt > ctx.clock.now()) return known.value;
  const token = await askForToken(ctx, auth);
  kept.set(key, token);
  return token.value;
};
export const forgetToken = (ctx, auth) => tokens.get(ctx)?.delete(keyOf(auth)) ?? false;
const keyOf = ({ token_url, client_id, scope, audience }) => JSON.stringify([token_url, client_id, scope, audience]);
/** RFC 6749, section 4.4. */
const askForToken = async (ctx, auth) => {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (auth.scope !== undefined) form.set('scope', auth.scope);
  if (auth.audience !== undefined) form.set('audience', auth.audience);
  const headers = new Headers({ accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' });
  if (auth.send_in === 'header') {
    const credentials = `${encodeURIComponent(auth.client_id)}:${encodeURIComponent(auth.client_secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  } else {
    form.set('client_id', auth.client_id);
    form.set('client_secret', auth.client_secret);
  }
  const url = toUrl(auth.token_url);
  const body = form.toString();
  const method = 'POST';
  return await exchange(
    ctx,
    { method, url, headers, body, redirect: 'manual', timeoutMs: TIMEOUT_MS },
    async (response) => {
      const text = await readText(response, MAX_TOKEN_BYTES);
      // The body may repeat what was sent.
      if (!response.ok) throw statusError({ method, url, response, body: '', now: ctx.clock.now() });
      return toToken(text, { host: url.host, now: ctx.clock.now() });
    },
  );
};
const toToken = (text, { host, now }) => {
  const parsed = tokenAnswer.safeParse(parseJsonBody(text, host));
  if (!parsed.success) {
    throw new PluginError({ name: 'HttpBodyError', message: `${host} answered without an access_token.` });
  }
  const { access_token: value, expires_in: seconds } = parsed.data;
  return { value, endsAt: seconds === undefined ? Infinity : now + seconds * 1000 - LEEWAY_MS };
};
