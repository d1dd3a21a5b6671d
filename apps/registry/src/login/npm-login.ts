import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Database, appendAudit, openRegistryLogin, takeRegistryLogin, withTenant } from '@ia-modules/database';
import { z } from 'zod';
import { discardBody, sendJson, setNotice } from '../http/answer.ts';
import { createAttemptLimit } from '../http/attempt-limit.ts';
import type { Identify, TokenPrincipal } from '../access/caller.ts';
import { registryError } from '../registry-error.ts';
import { readJsonBody } from '../http/request-body.ts';
import { actorOf } from '../catalogue/actor.ts';
import { originOf } from '../http/sender.ts';

export type NpmLoginOptions = Readonly<{
  database: Database;
  identify: Identify;
  /** Where clients reach this registry. */
  registryUrl: () => string;
  /** Where people confirm a login. */
  portalUrl: string;
}>;

/** How npm gets a token, and gives one back. */
export type NpmLogin = Readonly<{
  /** `npm login --auth-type=legacy`: the password is a token already. */
  signIn(request: IncomingMessage, response: ServerResponse): Promise<void>;
  begin(request: IncomingMessage, response: ServerResponse): Promise<void>;
  poll(secret: string, response: ServerResponse): Promise<void>;
  logout(token: string, request: IncomingMessage, response: ServerResponse): Promise<void>;
}>;

const MAX_BODY_BYTES = 16 * 1_024;
const MAX_CLIENT_NAME_LENGTH = 100;
const MAX_ATTEMPTS_PER_MINUTE = 60;
const POLL_SECONDS = 1;

const signInSchema = z.object({ password: z.string().max(512) });
const beginSchema = z.object({ hostname: z.string().optional() }).catch({});

export function createNpmLogin(options: NpmLoginOptions): NpmLogin {
  const limit = createAttemptLimit(MAX_ATTEMPTS_PER_MINUTE);
  const requireRoom = (request: IncomingMessage): void => {
    if (!limit.isExceeded(request.socket.remoteAddress ?? '')) return;
    throw registryError([
      { code: 'IA_REGISTRY_BUSY', message: 'Too many logins from this address.', hint: 'Try again in a minute.' },
    ]);
  };
  return {
    signIn: async (request, response) => {
      requireRoom(request);
      await signIn(options, request, response);
    },
    begin: async (request, response) => {
      requireRoom(request);
      await begin(options, request, response);
    },
    poll: (secret, response) => poll(options, secret, response),
    logout: (token, request, response) => logout(options, token, { request, response }),
  };
}

async function signIn({ identify }: NpmLoginOptions, request: IncomingMessage, response: ServerResponse) {
  const body = signInSchema.safeParse(await readJsonBody(request, MAX_BODY_BYTES));
  const token = body.success ? body.data.password : '';
  const caller = token === '' ? null : await identify(`Bearer ${token}`);
  if (caller?.kind !== 'token') {
    const message = 'The password must be an API token of the platform, and this is none that is valid.';
    setNotice(response, `${message} Run npm login to get one in the portal.`);
    throw registryError([{ code: 'IA_REGISTRY_UNAUTHENTICATED', message, hint: 'Run `npm login` to get one.' }]);
  }
  const { tenantSlug } = caller.principal;
  sendJson(response, 201, { ok: `you are authenticated as '${tenantSlug}'`, id: tenantSlug, token });
}

async function begin(options: NpmLoginOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { hostname } = beginSchema.parse(await readJsonBody(request, MAX_BODY_BYTES));
  const name = hostname ?? request.headers['user-agent'] ?? 'npm';
  const client = {
    name: name.replaceAll(/[^\x20-\x7e]/g, '').slice(0, MAX_CLIENT_NAME_LENGTH),
    address: request.socket.remoteAddress ?? '',
  };
  const opened = await openRegistryLogin(options.database.pool, client);
  if (opened === null) {
    throw registryError([
      { code: 'IA_REGISTRY_BUSY', message: 'Too many logins are open.', hint: 'Try again in some minutes.' },
    ]);
  }
  sendJson(response, 200, {
    loginUrl: `${options.portalUrl}/npm-login?code=${opened.code}`,
    doneUrl: `${options.registryUrl()}/-/v1/login/done/${opened.secret}`,
  });
}

/** To a status of 400 and above npm answers by asking for a name and a password, so a refusal is an answer without a token. */
async function poll({ database }: NpmLoginOptions, secret: string, response: ServerResponse): Promise<void> {
  const answer = await takeRegistryLogin(database.pool, secret);
  response.setHeader('cache-control', 'no-store');
  switch (answer.kind) {
    case 'confirmed':
      return sendJson(response, 200, { token: answer.token });
    case 'waiting':
      response.setHeader('retry-after', POLL_SECONDS);
      return sendJson(response, 202, {});
    case 'denied':
      setNotice(response, 'The login was refused in the portal.');
      return sendJson(response, 200, { error: 'IA_REGISTRY_UNAUTHENTICATED: the login was refused.' });
    case 'gone':
      setNotice(response, 'This login is over. Run npm login again.');
      return sendJson(response, 200, { error: 'IA_REGISTRY_UNAUTHENTICATED: the login is over.' });
  }
}

type Exchange = Readonly<{ request: IncomingMessage; response: ServerResponse }>;

/** Whoever holds a token may end it. One that was made elsewhere may be in use elsewhere, and stays. */
async function logout({ database, identify }: NpmLoginOptions, token: string, { request, response }: Exchange) {
  await discardBody(request);
  const caller = await identify(`Bearer ${token}`);
  if (caller?.kind === 'token') {
    const isEnded = await endToken(database, caller.principal, request);
    if (!isEnded) {
      setNotice(
        response,
        'npm forgets this token; it stays valid, as npm login did not make it. Revoke it in the portal.',
      );
    }
  }
  sendJson(response, 200, { ok: true });
}

async function endToken(database: Database, principal: TokenPrincipal, request: IncomingMessage): Promise<boolean> {
  const { tenantId, tokenId } = principal;
  return withTenant(
    database,
    tenantId,
    async (tx) => {
      const [row] = await tx.$queryRaw<{ is_ended: boolean }[]>`
        SELECT end_npm_login_token(${tokenId}::uuid) AS is_ended`;
      if (row?.is_ended !== true) return false;
      const details = { after: { revokedBy: 'npm logout' } };
      const target = `token:${tokenId}`;
      await appendAudit(tx, { tenantId, actor: actorOf(principal), action: 'token.revoke', target, details });
      return true;
    },
    { origin: originOf(request) },
  );
}
