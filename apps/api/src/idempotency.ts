import { contentHash, type Permission, type Prisma, type Principal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { principalId } from './access.ts';
import type { ApiContext } from './context.ts';
import { checkIdempotencyKey, KEY_LIFE_MS, keyUsedOtherwise } from './idempotency-key.ts';

export type OnceRequest = {
  readonly tenantId: string;
  readonly permission: Permission;
  /** The mutation. */
  readonly operation: string;
  /** The caller's idempotency key; without one the change is made each time. */
  readonly key: string | null;
  /** What was asked for, as JSON: tells a repeated request from another one. Only its hash is kept. */
  readonly request: unknown;
  /** The answer holds a secret that is not kept: a repeated request can't get it again. */
  readonly isShownOnce?: boolean;
};

/** The part of a request that its caller may repeat it by. */
export type Repeatable = { readonly idempotencyKey?: string | null | undefined };

/** What every creating mutation says about its key. */
export const IDEMPOTENCY_KEY = 'The same request under the same key is answered as the first one, for 24 hours.';

/** Each use removes some of the tenant's keys whose time is over. */
const SWEPT_ROWS = 100;

const shownBefore = (): PlatformError =>
  new PlatformError({
    code: 'IA_API_CONFLICT',
    message: 'This request was answered before, with a secret that is shown only once.',
    hint: 'Take the secret from the first answer; if that is lost, remove what was made and ask under a new key.',
  });

type StoredResult = { readonly operation: string; readonly requestHash: string; readonly result: Prisma.JsonValue };

type Claim = Pick<OnceRequest, 'tenantId' | 'operation'> & {
  readonly key: string;
  readonly principal: string;
  readonly requestHash: string;
};

/** Of requests with one key that come at the same moment the others wait until the first has committed. */
const findResult = async (tx: Prisma.TransactionClient, claim: Claim): Promise<StoredResult | null> => {
  const { tenantId, principal, key } = claim;
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`${tenantId} ${principal} ${key}`}, 0))`;
  await tx.$executeRaw`delete from idempotency_keys where tenant_id = ${tenantId}::uuid and (principal, key) in (
    select principal, key from idempotency_keys
    where tenant_id = ${tenantId}::uuid and created_at < now() - ${KEY_LIFE_MS}::float8 * interval '1 millisecond'
    order by (principal = ${principal} and key = ${key}) desc
    limit ${SWEPT_ROWS})`;
  const [stored] = await tx.$queryRaw<StoredResult[]>`
    select operation, request_hash as "requestHash", result from idempotency_keys
    where tenant_id = ${tenantId}::uuid and principal = ${principal} and key = ${key}`;
  return stored ?? null;
};

const keepResult = async (
  tx: Prisma.TransactionClient,
  { tenantId, principal, key, operation, requestHash }: Claim,
  result: unknown,
): Promise<void> => {
  await tx.$executeRaw`
    insert into idempotency_keys (tenant_id, principal, key, operation, request_hash, result)
    values (${tenantId}::uuid, ${principal}, ${key}, ${operation}, ${requestHash}, ${JSON.stringify(result)}::jsonb)`;
};

/**
 * Makes a change as `context.change`; under an idempotency key once a day: the same request gets the result of the first
 * again. The result is kept as JSON in the transaction of the change: ids, not rows, and never a secret.
 * @throws PlatformError IA_API_CONFLICT when the key was used for another request, or what it made is not shown again
 */
export const changeOnce = async <T>(
  context: ApiContext,
  once: OnceRequest,
  work: (tx: Prisma.TransactionClient, principal: Principal) => Promise<T>,
): Promise<T> => {
  const { tenantId, permission, operation, key } = once;
  if (key === null) return context.change(tenantId, permission, work);
  checkIdempotencyKey(key);
  const requestHash = contentHash({ operation, request: once.request });
  return context.change(tenantId, permission, async (tx, principal) => {
    const claim = { tenantId, operation, key, principal: principalId(principal), requestHash };
    const stored = await findResult(tx, claim);
    if (stored === null) {
      const result = await work(tx, principal);
      await keepResult(tx, claim, once.isShownOnce === true ? null : result);
      return result;
    }
    if (stored.operation !== operation || stored.requestHash !== requestHash) throw keyUsedOtherwise();
    if (once.isShownOnce === true) throw shownBefore();
    return stored.result as T;
  });
};
