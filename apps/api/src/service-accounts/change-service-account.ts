import { appendAudit, isAtLeast, type Principal, type Prisma, type Role, roleIn } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { v7 as uuid } from 'uuid';
import { principalId } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import { checkName } from '../check-name.ts';
import type { ApiContext } from '../context.ts';
import { changeOnce } from '../idempotency.ts';
import type { TenantKey } from '../loaders.ts';
import { isStorableText } from '../refused-value.ts';
import type { ServiceAccountRow } from './service-account-rows.ts';
import { lockServiceAccount } from './lock-service-account.ts';

const MAX_DESCRIPTION_LENGTH = 1_000;

export type NewServiceAccount = {
  readonly tenantId: string;
  readonly name: string;
  readonly description: string;
  readonly role: Role;
  readonly idempotencyKey: string | null;
};

export type ServiceAccountChange = TenantKey & {
  readonly name: string | null;
  readonly description: string | null;
  readonly role: Role | null;
};

type Fields = Pick<ServiceAccountRow, 'name' | 'description' | 'role'>;

const checkFields = ({ name, description, role }: Fields): void => {
  checkName(name);
  if (description.length > MAX_DESCRIPTION_LENGTH || !isStorableText(description)) {
    const message = `A description has at most ${MAX_DESCRIPTION_LENGTH} characters, none of them NUL.`;
    throw new PlatformError({ code: 'IA_API_INVALID', message });
  }
  if (role === 'owner') {
    throw new PlatformError({
      code: 'IA_API_INVALID',
      message: 'A service account is never an owner.',
      hint: 'Owners are people. Choose `admin` or a weaker role.',
    });
  }
};

/** Nobody makes, changes or ends what is stronger than they are. */
const requireStrength = (principal: Principal, tenantId: string, role: Role): void => {
  if (isAtLeast(roleIn(principal, tenantId) ?? 'viewer', role)) return;
  throw new PlatformError({
    code: 'IA_API_FORBIDDEN',
    message: 'A service account has at most the role of whoever cares for it.',
    hint: 'Choose a weaker role, or ask an owner.',
  });
};

const refuseTakenName = async (
  tx: Prisma.TransactionClient,
  { tenantId, id, name }: TenantKey & { readonly name: string },
): Promise<void> => {
  const taken = await tx.serviceAccount.findUnique({
    where: { tenantId_name: { tenantId, name } },
    select: { id: true },
  });
  if (taken === null || taken.id === id) return;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: 'A service account of the tenant has this name already.',
    hint: 'Choose another name.',
  });
};

export const createServiceAccount = async (
  context: ApiContext,
  { tenantId, idempotencyKey: key, ...fields }: NewServiceAccount,
): Promise<ServiceAccountRow> => {
  checkFields(fields);
  const permission = 'serviceAccount.write';
  const once = { tenantId, permission, operation: 'createServiceAccount', key, request: fields } as const;
  const id = await changeOnce(context, once, async (tx, principal) => {
    requireStrength(principal, tenantId, fields.role);
    const newId = uuid();
    await refuseTakenName(tx, { tenantId, id: newId, name: fields.name });
    await tx.serviceAccount.create({ data: { id: newId, tenantId, ...fields, createdBy: principalId(principal) } });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'service_account.create',
      target: `service_account:${newId}`,
      details: { after: fields },
    });
    return newId;
  });
  return context.change(tenantId, permission, (tx) => lockServiceAccount(tx, { tenantId, id }));
};

export const updateServiceAccount = async (
  context: ApiContext,
  { tenantId, id, ...change }: ServiceAccountChange,
): Promise<ServiceAccountRow> =>
  context.change(tenantId, 'serviceAccount.write', async (tx, principal) => {
    const found = await lockServiceAccount(tx, { tenantId, id });
    const before: Fields = { name: found.name, description: found.description, role: found.role };
    const after: Fields = {
      name: change.name ?? before.name,
      description: change.description ?? before.description,
      role: change.role ?? before.role,
    };
    checkFields(after);
    requireStrength(principal, tenantId, before.role);
    requireStrength(principal, tenantId, after.role);
    await refuseTakenName(tx, { tenantId, id, name: after.name });
    await tx.serviceAccount.update({
      where: { tenantId_id: { tenantId, id } },
      // The tokens of an account whose role is not named keep what is remembered about them.
      data: { name: after.name, description: after.description, ...(change.role !== null && { role: after.role }) },
    });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'service_account.update',
      target: `service_account:${id}`,
      details: { before, after },
    });
    return lockServiceAccount(tx, { tenantId, id });
  });

/** Disabling ends the use of all its tokens within seconds; enabling gives it back. Doing it twice is no error. */
export const setServiceAccountState = async (
  context: ApiContext,
  { tenantId, id, isDisabled }: TenantKey & { readonly isDisabled: boolean },
): Promise<ServiceAccountRow> =>
  context.change(tenantId, 'serviceAccount.write', async (tx, principal) => {
    const { name, role, disabledAt } = await lockServiceAccount(tx, { tenantId, id });
    requireStrength(principal, tenantId, role);
    if ((disabledAt !== null) !== isDisabled) {
      const after = { disabledAt: isDisabled ? new Date() : null };
      await tx.serviceAccount.update({ where: { tenantId_id: { tenantId, id } }, data: after });
      await appendAudit(tx, {
        tenantId,
        actor: auditActor(principal),
        action: isDisabled ? 'service_account.disable' : 'service_account.enable',
        target: `service_account:${id}`,
        details: { name, before: { disabledAt }, after },
      });
    }
    return lockServiceAccount(tx, { tenantId, id });
  });
