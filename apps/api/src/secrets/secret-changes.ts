import { appendAudit, Prisma, type Principal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { secretVersionOwner } from '@ia-modules/secrets';
import { v7 as uuid } from 'uuid';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { requireNone } from '../findings.ts';
import { changeOnce, type Repeatable } from '../idempotency.ts';
import type { TenantKey } from '../loaders.ts';
import { checkSecretDescription, checkSecretName, checkSecretValue } from './check-secret.ts';
import { fetchSecrets, type SecretRow } from './secret-rows.ts';
import { readSealed } from './sealed-value.ts';

const MAX_SECRETS_PER_TENANT = 1_000;
/** Of each secret; the oldest go. */
const MAX_VERSIONS = 100;
const MAX_NAMED_USERS = 5;

type SecretChange = {
  readonly key: TenantKey;
  /** What was asked for, and under which key its caller may ask again. */
  readonly once?: { readonly key: string | null; readonly request: unknown };
  readonly action: 'create' | 'rotate' | 'rollback' | 'update' | 'delete';
  readonly apply: (tx: Prisma.TransactionClient, principal: Principal) => Promise<Readonly<Record<string, unknown>>>;
};

/**
 * Applies one change to a secret; what `apply` gives are the details of its entry in the audit log, never a value. Gives the
 * secret as it is then: of a repeated request, the one that the first has made or changed.
 */
const changeSecret = async (context: ApiContext, change: SecretChange): Promise<TenantKey> => {
  const { key, action, apply, once = { key: null, request: null } } = change;
  const { tenantId, id } = key;
  // Before anything is stored: a caller that may not see the answer would take the change for refused.
  requireAccess(context.viewer.principal, tenantId, 'secret.read');
  const request = { ...once, tenantId, permission: 'secret.write', operation: `secret.${action}` } as const;
  return changeOnce(context, request, async (tx, principal) => {
    const details = await apply(tx, principal);
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: `secret.${action}`,
      target: `secret:${id}`,
      details,
    });
    return key;
  });
};

/** Tells values apart without keeping one. */
const markOf = ({ services: { sealer } }: ApiContext, tenantId: string, value: string): string =>
  sealer.fingerprint(value, `request ${tenantId}`);

const readSecret = async ({ session }: ApiContext, { tenantId, id }: TenantKey): Promise<SecretRow> => {
  const [row] = await session.read(tenantId, 'secret.read', (client) => fetchSecrets(client, [id]));
  if (row === undefined) throw notFound();
  return row;
};

const conflict = (message: string, hint: string, currentVersion?: number): PlatformError =>
  new PlatformError({ code: 'IA_API_CONFLICT', message, hint, details: { currentVersion } });

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';

export type NewSecret = Repeatable & {
  readonly tenantId: string;
  readonly name: string;
  readonly description: string;
  readonly value: string;
};

export const createSecret = async (context: ApiContext, request: NewSecret): Promise<SecretRow> => {
  const { tenantId, name, description, value, idempotencyKey = null } = request;
  requireNone([...checkSecretName(name), ...checkSecretDescription(description), ...checkSecretValue(value)]);
  const key = { tenantId, id: uuid() };
  try {
    const made = await changeSecret(context, {
      key,
      action: 'create',
      once: { key: idempotencyKey, request: { name, description, value: markOf(context, tenantId, value) } },
      apply: async (tx, principal) => {
        if ((await tx.secret.count({ where: { tenantId } })) >= MAX_SECRETS_PER_TENANT) throw tooMany();
        const createdBy = principalId(principal);
        await tx.secret.create({ data: { ...key, name, description, currentVersion: 1, createdBy } });
        await insertVersion(context, tx, { key, version: 1, value, createdBy });
        return { after: { name, description, currentVersion: 1 } };
      },
    });
    return await readSecret(context, made);
  } catch (error) {
    throw isUniqueViolation(error) ? nameTaken(name) : error;
  }
};

const nameTaken = (name: string): PlatformError =>
  conflict(`A secret called "${name}" exists already.`, 'Rotate that one, or choose another name.');

const tooMany = (): PlatformError =>
  conflict(`A tenant has at most ${MAX_SECRETS_PER_TENANT} secrets.`, 'Delete some that are not needed any more.');

type NewVersion = {
  readonly key: TenantKey;
  readonly version: number;
  readonly value: string;
  readonly createdBy: string;
};

const insertVersion = async (
  { services: { sealer } }: ApiContext,
  tx: Prisma.TransactionClient,
  { key: { tenantId, id: secretId }, version, value, createdBy }: NewVersion,
): Promise<void> => {
  const sealed = sealer.seal(value, secretVersionOwner({ tenantId, secretId, version }));
  await tx.secretVersion.create({ data: { tenantId, secretId, version, ...sealed, createdBy } });
  await tx.secretVersion.deleteMany({ where: { tenantId, secretId, version: { lte: version - MAX_VERSIONS } } });
};

/** Moves on to the next version and locks the row; null takes whichever is current. */
const nextVersion = async (
  tx: Prisma.TransactionClient,
  key: TenantKey,
  expectedVersion: number | null,
): Promise<number> => {
  const { count } = await tx.secret.updateMany({
    where: { ...key, ...(expectedVersion === null ? {} : { currentVersion: expectedVersion }) },
    data: { currentVersion: { increment: 1 } },
  });
  const current = await tx.secret.findUnique({ where: { tenantId_id: key }, select: { currentVersion: true } });
  if (current === null) throw notFound();
  if (count === 1) return current.currentVersion;
  const hint = 'Look who rotated it; then say again what you expect.';
  throw conflict('The secret was rotated since you read it.', hint, current.currentVersion);
};

export type RotateRequest = TenantKey &
  Repeatable & { readonly value: string; readonly expectedVersion: number | null };

/** Gives a secret another value. Attempts that begin from a second later on get it; those under way keep what they have. */
export const rotateSecret = async (context: ApiContext, request: RotateRequest): Promise<SecretRow> => {
  const { tenantId, id, value, expectedVersion, idempotencyKey = null } = request;
  requireNone(checkSecretValue(value));
  const key = { tenantId, id };
  await changeSecret(context, {
    key,
    action: 'rotate',
    once: { key: idempotencyKey, request: { id, expectedVersion, value: markOf(context, tenantId, value) } },
    apply: async (tx, principal) => {
      const version = await nextVersion(tx, key, expectedVersion);
      await insertVersion(context, tx, { key, version, value, createdBy: principalId(principal) });
      return { before: { currentVersion: version - 1 }, after: { currentVersion: version } };
    },
  });
  return readSecret(context, key);
};

export type RollbackRequest = TenantKey &
  Repeatable & { readonly toVersion: number; readonly expectedVersion: number | null };

/** Makes the value of an earlier version current again, as a version of its own. */
export const rollbackSecret = async (context: ApiContext, request: RollbackRequest): Promise<SecretRow> => {
  const { tenantId, id, toVersion, expectedVersion, idempotencyKey = null } = request;
  const key = { tenantId, id };
  await changeSecret(context, {
    key,
    action: 'rollback',
    once: { key: idempotencyKey, request: { id, toVersion, expectedVersion } },
    apply: async (tx, principal) => {
      const version = await nextVersion(tx, key, expectedVersion);
      const value = await readSealed(context, tx, { tenantId, secretId: id, version: toVersion });
      if (value === null) throw conflict(`The secret has no version ${toVersion}.`, 'Its versions are listed.');
      await insertVersion(context, tx, { key, version, value, createdBy: principalId(principal) });
      return { before: { currentVersion: version - 1 }, after: { currentVersion: version, valueOf: toVersion } };
    },
  });
  return readSecret(context, key);
};

export const updateSecretDescription = async (
  context: ApiContext,
  { tenantId, id, description }: TenantKey & { readonly description: string },
): Promise<SecretRow> => {
  requireNone(checkSecretDescription(description));
  const key = { tenantId, id };
  await changeSecret(context, {
    key,
    action: 'update',
    apply: async (tx) => {
      const before = await tx.secret.findUnique({ where: { tenantId_id: key }, select: { description: true } });
      if (before === null) throw notFound();
      await tx.secret.update({ where: { tenantId_id: key }, data: { description } });
      return { before, after: { description } };
    },
  });
  return readSecret(context, key);
};

const FIND_USERS = `select p.name from pipeline_versions v
  join pipelines p on p.tenant_id = v.tenant_id and p.id = v.pipeline_id and p.revision = v.revision
  where v.tenant_id = $1::uuid and v.secret_names <> '{}' and $2 = any (v.secret_names) and p.archived_at is null
  order by p.name limit ${MAX_NAMED_USERS}`;

/** Takes a secret away with all its versions. Refused while pipelines name it: their next attempts would fail. */
export const deleteSecret = async (
  context: ApiContext,
  { tenantId, id, isForced }: TenantKey & { readonly isForced: boolean },
): Promise<void> => {
  const key = { tenantId, id };
  await changeSecret(context, {
    key,
    action: 'delete',
    apply: async (tx) => {
      const secret = await tx.secret.findUnique({ where: { tenantId_id: key } });
      if (secret === null) throw notFound();
      const { name, description, currentVersion } = secret;
      const users = await tx.$queryRawUnsafe<{ name: string }[]>(FIND_USERS, tenantId, name);
      if (users.length > 0 && !isForced) throw inUse(users, currentVersion);
      await tx.secret.delete({ where: { tenantId_id: key } });
      return { before: { name, description, currentVersion }, isForced };
    },
  });
};

const inUse = (users: readonly { readonly name: string }[], currentVersion: number): PlatformError =>
  conflict(
    `Pipelines read this secret: ${users.map(({ name }) => name).join(', ')}.`,
    'Save them without it first, or archive them; or force it: their attempts fail from then on.',
    currentVersion,
  );
