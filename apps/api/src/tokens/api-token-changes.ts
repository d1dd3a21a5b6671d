import {
  appendAudit,
  createApiToken,
  grantableScopes,
  type Principal,
  type Prisma,
  type TokenScope,
} from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { type ApiTokenRow, fetchApiTokens } from '../tenants/tenant-rows.ts';

const MAX_NAME_LENGTH = 100;

export type IssueTokenRequest = {
  readonly tenantId: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly expiresAt: Date | null;
};

const invalid = (message: string): PlatformError => new PlatformError({ code: 'IA_API_INVALID', message });
const forbidden = (message: string, hint: string): PlatformError =>
  new PlatformError({ code: 'IA_API_FORBIDDEN', message, hint });

const checkRequest = ({ name, scopes, expiresAt }: IssueTokenRequest): void => {
  if (name.trim() === '' || name.length > MAX_NAME_LENGTH)
    throw invalid(`A name has 1 to ${MAX_NAME_LENGTH} characters.`);
  if (scopes.length === 0) throw invalid('A token needs at least one scope.');
  if (expiresAt !== null && expiresAt.getTime() <= Date.now()) throw invalid('`expiresAt` must be in the future.');
};

/** Nobody hands on more than they have: neither scopes nor, through a token, time. */
const checkReach = async (tx: Prisma.TransactionClient, principal: Principal, request: IssueTokenRequest) => {
  const grantable = grantableScopes(principal, request.tenantId);
  const beyond = request.scopes.filter((scope) => !grantable.includes(scope));
  if (beyond.length > 0) {
    throw forbidden(`You can't hand on ${beyond.join(', ')}.`, `You can hand on: ${grantable.join(', ')}.`);
  }
  if (principal.kind === 'user') return;
  const parent = await tx.apiToken.findUnique({
    where: { tenantId_id: { tenantId: principal.tenantId, id: principal.tokenId } },
    select: { expiresAt: true },
  });
  const limit = parent?.expiresAt ?? null;
  if (limit !== null && (request.expiresAt === null || request.expiresAt > limit)) {
    throw forbidden('A token can not make one that outlives it.', `Expire it by ${limit.toISOString()}.`);
  }
};

export const issueApiToken = async (
  context: ApiContext,
  request: IssueTokenRequest,
): Promise<{ readonly token: string; readonly apiToken: ApiTokenRow }> => {
  checkRequest(request);
  const { tenantId, name, expiresAt } = request;
  const scopes = [...new Set(request.scopes)];
  return context.change(tenantId, 'token.create', async (tx, principal) => {
    await checkReach(tx, principal, request);
    const createdBy = principal.kind === 'user' ? principal.userId : principal.createdBy;
    const issued = await createApiToken(tx, { tenantId, name, scopes, createdBy, expiresAt: expiresAt ?? undefined });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'token.create',
      target: `token:${issued.record.id}`,
      details: { name, scopes, expiresAt },
    });
    return { token: issued.token, apiToken: { ...issued.record, scopes } };
  });
};

/** Revokes a token everywhere, within seconds. Revoking twice is no error. */
export const revokeApiToken = async (context: ApiContext, { tenantId, id }: TenantKey): Promise<ApiTokenRow> => {
  await context.change(tenantId, 'token.revoke', async (tx, principal) => {
    const where = { tenantId_id: { tenantId, id } };
    const token = await tx.apiToken.findUnique({ where, select: { revokedAt: true, name: true } });
    if (token === null) throw notFound();
    if (token.revokedAt !== null) return;
    await tx.apiToken.update({ where, data: { revokedAt: new Date() } });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'token.revoke',
      target: `token:${id}`,
      details: { name: token.name },
    });
  });
  const token = await context.session.read(tenantId, 'token.revoke', (client) => fetchApiTokens(client, [id]));
  if (token[0] === undefined) throw notFound();
  return token[0];
};
