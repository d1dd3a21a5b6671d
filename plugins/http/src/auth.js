import { setHeader } from '@ia-modules/http-client';
import { z } from 'zod';
import { forgetToken, oauthInput, readToken } from './oauth.ts';
export const authInput = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('bearer'),
    token: z.string().min(1).describe('Sent as authorization: Bearer; write it as {{ secrets.NAME }}.'),
  }),
  z.strictObject({
    type: z.literal('basic'),
    username: z
      .string()
      .describe('Without a colon.')
      .regex(/^[^:]*$/),
    password: z.string().describe('Write it as {{ secrets.NAME }}.'),
  }),
  z.strictObject({
    type: z.literal('api_key'),
    in: z.enum(['header', 'query']).default('header').describe('Where the key goes.'),
    name: z.string().min(1).default('x-api-key').describe('Name of the header or of the query value.'),
    value: z.string().min(1).describe('Write it as {{ secrets.NAME }}.'),
  }),
  oauthInput,
]);
/** Adds to a request what says who sends it. */
export const authorize = async (ctx, auth, { url, headers }) => {
  switch (auth?.type) {
    case undefined:
      return;
    case 'bearer':
      return setHeader(headers, 'authorization', `Bearer ${auth.token}`);
    case 'basic': {
      const credentials = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
      return setHeader(headers, 'authorization', `Basic ${credentials}`);
    }
    case 'api_key':
      if (auth.in === 'header') setHeader(headers, auth.name, auth.value);
      else url.searchParams.set(auth.name, auth.value);
      return;
    case 'oauth2_client_credentials':
      return setHeader(headers, 'authorization', `Bearer ${await readToken(ctx, auth)}`);
  }
};
/** Tells whether another try with new credentials makes sense after a 401; what was kept is forgotten. */
export const canRenew = (ctx, auth) => auth?.type === 'oauth2_client_credentials' && forgetToken(ctx, auth);
/** A key in a header of its own would go along to wherever a redirect leads. */
export const mayFollow = (auth) => !(auth?.type === 'api_key' && auth.in === 'header');
