import { appendAudit, createApiToken, type Prisma, type Principal, type TokenScope } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import { checkName } from '../check-name.ts';
import type { ApiContext } from '../context.ts';
import { switchedOff } from '../flags/flag-reader.ts';
import { changeOnce, type Repeatable } from '../idempotency.ts';
import type { TenantKey } from '../loaders.ts';
import { checkReach, lockToken, requireControl, requireSecret, type TokenState } from './token-reach.ts';
import { type ApiTokenRow, tokenOwner } from './token-rows.ts';

export type IssueTokenRequest = {
  readonly tenantId: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly expiresAt: Date | null;
  /** Null: a token of the caller's own. */
  readonly serviceAccountId: string | null;
};

export type RotateTokenRequest = TenantKey & {
  /** How long the old one still works. */
  readonly graceSeconds: number;
  /** When the new one ends; undefined: when the old one would have. */
  readonly expiresAt: Date | null | undefined;
};

export type IssuedToken = { readonly token: string; readonly apiToken: ApiTokenRow };

const MAX_GRACE_SECONDS = 7 * 24 * 3_600;

const invalid = (message: string): PlatformError => new PlatformError({ code: 'IA_API_INVALID', message });
const conflict = (message: string, hint: string): PlatformError =>
  new PlatformError({ code: 'IA_API_CONFLICT', message, hint });

const checkEnd = (expiresAt: Date | null): void => {
  if (expiresAt !== null && expiresAt.getTime() <= Date.now()) throw invalid('`expiresAt` must be in the future.');
};

/** The row as the lists give it, for a caller who has just made it or may change it. */
const rowOf = async (tx: Prisma.TransactionClient, { tenantId, id }: TenantKey): Promise<ApiTokenRow> => {
  const token = await tx.apiToken.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (token === null) throw notFound();
  const { revokedAt, expiresAt } = token;
  const isExpired = expiresAt !== null && expiresAt.getTime() <= Date.now();
  const status = revokedAt !== null ? 'revoked' : isExpired ? 'expired' : 'active';
  return { ...token, scopes: token.scopes as TokenScope[], status };
};

export const issueApiToken = async (
  context: ApiContext,
  request: IssueTokenRequest,
  { idempotencyKey }: Repeatable = {},
): Promise<IssuedToken> => {
  const { tenantId, name, expiresAt } = request;
  checkName(name);
  checkEnd(expiresAt);
  if (request.scopes.length === 0) throw invalid('A token needs at least one scope.');
  const scopes = [...new Set(request.scopes)];
  requireAccess(context.viewer.principal, tenantId, 'token.create');
  const mayBeMade = await context.services.flags.isEnabled(tenantId, 'API_TOKENS');
  const key = idempotencyKey ?? null;
  const once = {
    tenantId,
    permission: 'token.create',
    operation: 'createApiToken',
    key,
    request,
    isShownOnce: true,
  } as const;
  return changeOnce(context, once, async (tx, principal) => {
    if (!mayBeMade) throw switchedOff('API_TOKENS');
    return makeApiToken(tx, principal, { ...request, scopes });
  });
};

/** Makes a token within a change of its own tenant; the caller has checked what was asked for. */
export const makeApiToken = async (
  tx: Prisma.TransactionClient,
  principal: Principal,
  request: IssueTokenRequest,
): Promise<IssuedToken> => {
  const { tenantId, name, scopes, expiresAt } = request;
  const account = await checkReach(tx, principal, request);
  const createdBy = account === null ? tokenOwner(principal) : `service:${account.id}`;
  const owner = { createdBy, serviceAccountId: account?.id };
  const issued = await createApiToken(tx, { tenantId, name, scopes, ...owner, expiresAt: expiresAt ?? undefined });
  await appendAudit(tx, {
    tenantId,
    actor: auditActor(principal),
    action: 'token.create',
    target: `token:${issued.record.id}`,
    details: { after: { name, scopes, expiresAt, serviceAccountId: account?.id } },
  });
  return { token: issued.token, apiToken: await rowOf(tx, { tenantId, id: issued.record.id }) };
};

const requireActive = (token: TokenState): void => {
  if (token.revokedAt !== null) throw conflict('The token is revoked.', 'Make a new one.');
  if (token.isExpired) throw conflict('The token has expired.', 'Make a new one.');
};

/** Gives a token a new secret; the old one ends after the grace period, or at once. */
export const rotateApiToken = async (context: ApiContext, request: RotateTokenRequest): Promise<IssuedToken> => {
  const { tenantId, id, graceSeconds } = request;
  if (graceSeconds < 0 || graceSeconds > MAX_GRACE_SECONDS) {
    throw invalid(`\`graceSeconds\` is at least 0 and at most ${MAX_GRACE_SECONDS}, which are seven days.`);
  }
  checkEnd(request.expiresAt ?? null);
  return context.change(tenantId, 'token.rotate', async (tx, principal) => {
    const old = await lockToken(tx, { tenantId, id, principal });
    requireSecret(old, principal, tenantId);
    requireActive(old);
    if (old.replacedById !== null) {
      throw conflict('The token was rotated before.', 'Rotate the one that took its place.');
    }
    const { name, scopes, serviceAccountId } = old;
    const expiresAt = request.expiresAt === undefined ? old.expiresAt : request.expiresAt;
    await checkReach(tx, principal, { tenantId, scopes, expiresAt, serviceAccountId });
    const owner = { createdBy: old.createdBy, serviceAccountId: serviceAccountId ?? undefined };
    const issued = await createApiToken(tx, { tenantId, name, scopes, ...owner, expiresAt: expiresAt ?? undefined });
    const replacedById = issued.record.id;
    const oldEndsAt = earlier(old.expiresAt, new Date(Date.now() + graceSeconds * 1_000));
    await tx.apiToken.update({
      where: { tenantId_id: { tenantId, id } },
      data: { replacedById, ...(graceSeconds === 0 ? { revokedAt: new Date() } : { expiresAt: oldEndsAt }) },
    });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'token.rotate',
      target: `token:${id}`,
      details: { name, before: { expiresAt: old.expiresAt }, after: { replacedById, expiresAt, oldEndsAt } },
    });
    return { token: issued.token, apiToken: await rowOf(tx, { tenantId, id: replacedById }) };
  });
};

const earlier = (one: Date | null, other: Date): Date => (one !== null && one < other ? one : other);

export const renameApiToken = async (
  context: ApiContext,
  { tenantId, id, name }: TenantKey & { readonly name: string },
): Promise<ApiTokenRow> => {
  checkName(name);
  return context.change(tenantId, 'token.create', async (tx, principal) => {
    const token = await lockToken(tx, { tenantId, id, principal });
    requireControl(token, principal, tenantId);
    if (token.name !== name) {
      await tx.apiToken.update({ where: { tenantId_id: { tenantId, id } }, data: { name } });
      await appendAudit(tx, {
        tenantId,
        actor: auditActor(principal),
        action: 'token.rename',
        target: `token:${id}`,
        details: { before: { name: token.name }, after: { name } },
      });
    }
    return rowOf(tx, { tenantId, id });
  });
};

/** Revokes a token everywhere, within seconds. Revoking twice is no error. */
export const revokeApiToken = async (context: ApiContext, { tenantId, id }: TenantKey): Promise<ApiTokenRow> =>
  context.change(tenantId, 'token.revoke', async (tx, principal) => {
    const token = await lockToken(tx, { tenantId, id, principal });
    requireControl(token, principal, tenantId);
    if (token.revokedAt === null) {
      const revokedAt = new Date();
      await tx.apiToken.update({ where: { tenantId_id: { tenantId, id } }, data: { revokedAt } });
      await appendAudit(tx, {
        tenantId,
        actor: auditActor(principal),
        action: 'token.revoke',
        target: `token:${id}`,
        details: { name: token.name, before: { revokedAt: null }, after: { revokedAt } },
      });
    }
    return rowOf(tx, { tenantId, id });
  });
