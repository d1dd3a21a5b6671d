import { createHash, timingSafeEqual } from 'node:crypto';
import { appendAudit, type Prisma } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { readSealed } from './sealed-value.ts';

/** So that nobody finds a value out by asking. */
const MAX_TESTS_PER_MINUTE = 10;

export type SecretTest = {
  readonly version: number;
  /** Null when no value was brought along. */
  readonly isEqual: boolean | null;
  readonly fingerprint: string;
};

export type TestRequest = TenantKey & { readonly value: string | null };

/** Says of the current value whether it is the given one, without showing it. */
export const testSecret = async (context: ApiContext, { tenantId, id, value }: TestRequest): Promise<SecretTest> => {
  requireAccess(context.viewer.principal, tenantId, 'secret.read');
  return context.change(tenantId, 'secret.write', async (tx, principal) => {
    const version = await countTest(tx, { tenantId, id });
    const stored = await readSealed(context, tx, { tenantId, secretId: id, version });
    if (stored === null) throw notFound();
    const isEqual = value === null ? null : isSame(value, stored);
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'secret.test',
      target: `secret:${id}`,
      details: { version, isEqual },
    });
    // Of this secret alone: else whoever sets another one to a guess could compare as often as they like.
    const fingerprint = context.services.sealer.fingerprint(stored, `${tenantId}/${id}`);
    return { version, isEqual, fingerprint };
  });
};

const isSame = (left: string, right: string): boolean => timingSafeEqual(digestOf(left), digestOf(right));

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Counts the tests of the minute on the row itself, whichever process is asked. */
const countTest = async (tx: Prisma.TransactionClient, { tenantId, id }: TenantKey): Promise<number> => {
  const [counted] = await tx.$queryRaw<{ tests: number; version: number; waitSeconds: number }[]>`
    update secrets set
      tests = case when tested_at > now() - interval '1 minute' then tests + 1 else 1 end,
      tested_at = case when tested_at > now() - interval '1 minute' then tested_at else now() end
    where tenant_id = ${tenantId}::uuid and id = ${id}::uuid
    returning tests, current_version as version,
      ceil(extract(epoch from tested_at + interval '1 minute' - now()))::int as "waitSeconds"`;
  if (counted === undefined) throw notFound();
  const { tests, version, waitSeconds } = counted;
  if (tests <= MAX_TESTS_PER_MINUTE) return version;
  throw new PlatformError({
    code: 'IA_API_RATE_LIMIT',
    message: `A secret is tested at most ${MAX_TESTS_PER_MINUTE} times a minute.`,
    hint: `Wait ${waitSeconds} seconds.`,
  });
};
