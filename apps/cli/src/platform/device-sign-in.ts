import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { foreignAnswer, unreachable } from './api-failure.ts';

const CLIENT_ID = 'ia-modules-cli';
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';
const TIMEOUT_MS = 30_000;
/** What RFC 8628 adds when a program asks too often. */
const SLOWER_SECONDS = 5;

const codeSchema = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.url(),
  verification_uri_complete: z.url(),
  expires_in: z.number(),
  interval: z.number().min(0).max(60),
});

export type DeviceCode = z.infer<typeof codeSchema>;

const answerSchema = z.union([z.object({ access_token: z.string() }), z.object({ error: z.string() })]);

type Call = Readonly<{ apiUrl: string; path: string; body: object; token?: string | undefined }>;

/** The sign-in API stands beside the GraphQL endpoint. */
const post = async ({ apiUrl, path, body, token }: Call): Promise<unknown> => {
  let text: string;
  try {
    const response = await fetch(new URL(`auth${path}`, apiUrl), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    throw unreachable(apiUrl, error);
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Asks for a code that a person lets in somewhere else. */
export const requestDeviceCode = async (apiUrl: string): Promise<DeviceCode> => {
  const code = codeSchema.safeParse(await post({ apiUrl, path: '/device/code', body: { client_id: CLIENT_ID } }));
  if (code.success) return code.data;
  throw foreignAnswer(`What answered at ${apiUrl} lets no command line sign in.`);
};

const refused = (message: string): PlatformError =>
  new PlatformError({ code: 'IA_CLI_SIGN_IN', message, hint: 'Start `ia-modules login` again.' });

/** Waits until the person has decided; gives the session. @throws PlatformError IA_CLI_SIGN_IN */
export const awaitSession = async (apiUrl: string, code: DeviceCode): Promise<string> => {
  const endsAtMs = performance.now() + code.expires_in * 1000;
  const body = { grant_type: GRANT_TYPE, device_code: code.device_code, client_id: CLIENT_ID };
  let intervalSeconds = code.interval;
  while (performance.now() < endsAtMs) {
    await delay(intervalSeconds * 1000);
    const answer = answerSchema.safeParse(await post({ apiUrl, path: '/device/token', body })).data;
    if (answer === undefined) throw foreignAnswer(`What answered at ${apiUrl} is no answer to a code.`);
    if ('access_token' in answer) return answer.access_token;
    if (answer.error === 'slow_down') intervalSeconds += SLOWER_SECONDS;
    else if (answer.error === 'access_denied') throw refused('The person who was asked did not let this program in.');
    else if (answer.error !== 'authorization_pending') break;
  }
  throw refused('Nobody let this program in in time.');
};

/** Ends a session on the platform; one that has ended already stays so. */
export const endSession = async (apiUrl: string, token: string): Promise<void> => {
  await post({ apiUrl, path: '/sign-out', body: {}, token });
};
