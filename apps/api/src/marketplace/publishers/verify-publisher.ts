import { appendAudit } from '@ia-modules/database';
import { notFound } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import { conflict } from '../conflict.ts';
import { changeAsOperator, readAsOperator } from '../operator.ts';
import { plainText } from '../plain-text.ts';
import { fetchPublisher, PUBLISHER_COLUMNS, type PublisherRow } from './publisher-rows.ts';

const FIND = 'select b.tenant_id as "tenantId" from publishers b where b.scope = $1';

const tenantOf = async (context: ApiContext, scope: string): Promise<string> => {
  const { rows } = await readAsOperator(context, (client) => client.query<{ tenantId: string }>(FIND, [scope]));
  if (rows[0] === undefined) throw notFound();
  return rows[0].tenantId;
};

type Verification = {
  readonly scope: string;
  /** The one that was checked: a name may change while somebody looks into it. */
  readonly displayName: string | null;
  /** How it was checked; null takes the verification back. */
  readonly note: string | null;
  /** Why it is taken back. */
  readonly reason: string | null;
};

const setVerification = async (context: ApiContext, verification: Verification): Promise<PublisherRow> => {
  const { scope, displayName, note, reason } = verification;
  const tenantId = await tenantOf(context, scope);
  return changeAsOperator(context, tenantId, async (tx, operator) => {
    const [set] = await tx.$queryRaw<[{ problem: string | null }]>`
      select set_verification(${tenantId}::uuid, ${displayName}, ${note}, ${operator.userId}) as problem`;
    if (set.problem === 'no_profile')
      throw conflict('This publisher has another name now.', 'Check it under that name.');
    if (set.problem !== null) throw conflict('A verified publisher has a name that looks like this one.');
    const sql = `select ${PUBLISHER_COLUMNS} from publishers b where b.tenant_id = $1::uuid`;
    const [publisher] = await tx.$queryRawUnsafe<[PublisherRow]>(sql, tenantId);
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(operator),
      action: note === null ? 'publisher.revoke_verification' : 'publisher.verify',
      target: `tenant:${tenantId}`,
      details: { displayName: publisher.displayName, note, reason },
    });
    return publisher;
  });
};

/** Says, as the operator of the platform, that a publisher is who its name says. */
export const verifyPublisher = (
  context: ApiContext,
  { scope, displayName, note }: Readonly<{ scope: string; displayName: string; note: string }>,
): Promise<PublisherRow> =>
  setVerification(context, {
    scope,
    displayName,
    note: plainText(note, { name: 'note', maxLength: 1_000, hasLines: true }),
    reason: null,
  });

export const revokeVerification = async (
  context: ApiContext,
  { scope, reason }: Readonly<{ scope: string; reason: string }>,
): Promise<PublisherRow> => {
  const publisher = await readAsOperator(context, (client) => fetchPublisher(client, scope));
  if (publisher === null) throw notFound();
  if (publisher.verifiedAt === null) throw conflict('This publisher is not verified.');
  const rule = { name: 'reason', maxLength: 1_000, hasLines: true };
  return setVerification(context, { scope, displayName: null, note: null, reason: plainText(reason, rule) });
};
