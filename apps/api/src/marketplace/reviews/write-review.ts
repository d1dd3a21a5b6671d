import { appendAudit, type Prisma, type Principal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { v7 as uuid } from 'uuid';
import { notFound, principalId } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import { conflict } from '../conflict.ts';
import { plainText } from '../plain-text.ts';
import { REVIEW_COLUMNS, type ReviewRow } from './review-rows.ts';

export type WriteReviewRequest = {
  readonly tenantId: string;
  readonly pluginName: string;
  /** Null: the one that a run of the tenant used last. */
  readonly version: string | null;
  readonly stars: number;
  readonly title: string;
  readonly body: string;
  readonly isSigned: boolean;
};

type Key = Pick<WriteReviewRequest, 'tenantId' | 'pluginName'>;

const FIND_USE = `select u.version from plugin_uses u
  where u.tenant_id = $1::uuid and u.plugin_name = $2 and ($3::text is null or u.version = $3)
  order by u.used_at desc limit 1`;

const READ = `select ${REVIEW_COLUMNS} from plugin_reviews r where r.tenant_id = $1::uuid and r.plugin_name = $2 for update`;

const WRITE = `insert into plugin_reviews as r (id, tenant_id, plugin_name, version, stars, title, body, is_signed, written_by)
  values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9)
  on conflict (tenant_id, plugin_name) do update set version = excluded.version, stars = excluded.stars,
    title = excluded.title, body = excluded.body, is_signed = excluded.is_signed, written_by = excluded.written_by,
    updated_at = now()
  returning ${REVIEW_COLUMNS}`;

const checkStars = (stars: number): void => {
  if (Number.isInteger(stars) && stars >= 1 && stars <= 5) return;
  throw new PlatformError({ code: 'IA_API_INVALID', message: '`stars` is a whole number from 1 to 5.' });
};

const readOwn = async (tx: Prisma.TransactionClient, { tenantId, pluginName }: Key): Promise<ReviewRow | null> => {
  const [review] = await tx.$queryRawUnsafe<ReviewRow[]>(READ, tenantId, pluginName);
  return review ?? null;
};

const refuseHidden = ({ hiddenReason }: ReviewRow): void => {
  if (hiddenReason === null) return;
  throw conflict(
    `The operator of the platform has hidden this review: ${hiddenReason}`,
    'It stays as it is until the operator shows it again.',
  );
};

/** Who belongs to the owner does not rate its plugins from another tenant either. */
const refuseOwn = async (
  tx: Prisma.TransactionClient,
  { tenantId, pluginName }: Key,
  principal: Principal,
): Promise<void> => {
  const plugin = await tx.plugin.findUnique({ where: { name: pluginName }, select: { tenantId: true } });
  if (plugin === null) throw notFound();
  if (plugin.tenantId === tenantId) {
    throw conflict('A tenant does not rate its own plugins.', 'Answer what others say of it instead.');
  }
  const person = principal.kind === 'user' ? principal.userId : principal.createdBy;
  const [own] = await tx.$queryRaw<
    [{ isOwn: boolean }]
  >`select is_of_plugin_owner(${pluginName}, ${person}) as "isOwn"`;
  if (own.isOwn) {
    throw conflict('You belong to the owner of this plugin.', 'Somebody else of your tenant may rate it.');
  }
};

/** The version that the review is about. What a run has used stays known as long as the run is kept; a review stays longer. */
const usedVersion = async (
  tx: Prisma.TransactionClient,
  { tenantId, pluginName, version }: WriteReviewRequest,
  before: ReviewRow | null,
): Promise<string> => {
  const [use] = await tx.$queryRawUnsafe<{ version: string }[]>(FIND_USE, tenantId, pluginName, version);
  if (use !== undefined) return use.version;
  if (before !== null && (version === null || version === before.version)) return before.version;
  throw conflict(
    `No run of the tenant has used ${pluginName}${version === null ? '' : `@${version}`}.`,
    'Run it first: who rates a plugin has run it.',
  );
};

/** What the audit log keeps: the text stands in the review. */
const audited = (review: ReviewRow | null) =>
  review === null ? null : { version: review.version, stars: review.stars, title: review.title };

/** Says what a tenant thinks of a plugin that it ran, or says it anew. */
export const writeReview = async (context: ApiContext, request: WriteReviewRequest): Promise<ReviewRow> => {
  const { tenantId, pluginName, stars, isSigned } = request;
  checkStars(stars);
  const title = plainText(request.title, { name: 'title', maxLength: 120 });
  const body = plainText(request.body, { name: 'body', maxLength: 4_000, mayBeEmpty: true, hasLines: true });
  return context.change(tenantId, 'plugin.review', async (tx, principal) => {
    await refuseOwn(tx, request, principal);
    const before = await readOwn(tx, request);
    if (before !== null) refuseHidden(before);
    const version = await usedVersion(tx, request, before);
    const values = [uuid(), tenantId, pluginName, version, stars, title, body, isSigned, principalId(principal)];
    const [review] = await tx.$queryRawUnsafe<[ReviewRow]>(WRITE, ...values);
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.review',
      target: `plugin:${pluginName}`,
      details: { before: audited(before), after: audited(review) },
    });
    return review;
  });
};

export const deleteReview = async (context: ApiContext, key: Key): Promise<void> => {
  const { tenantId, pluginName } = key;
  await context.change(tenantId, 'plugin.review', async (tx, principal) => {
    const before = await readOwn(tx, key);
    if (before === null) throw notFound();
    refuseHidden(before);
    await tx.pluginReview.deleteMany({ where: { tenantId, pluginName } });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.unreview',
      target: `plugin:${pluginName}`,
      details: { before: audited(before) },
    });
  });
};

export type AnswerReviewRequest = {
  /** Of the plugin's owner. */
  readonly tenantId: string;
  readonly reviewId: string;
  /** Null takes the answer back. */
  readonly answer: string | null;
};

/** Answers, as the owner of the plugin, what somebody says of it. */
export const answerReview = async (context: ApiContext, request: AnswerReviewRequest): Promise<ReviewRow> => {
  const { tenantId, reviewId } = request;
  const rule = { name: 'answer', maxLength: 4_000, hasLines: true };
  const answer = request.answer === null ? null : plainText(request.answer, rule);
  return context.change(tenantId, 'plugin.publish', async (tx, principal) => {
    const [answered] = await tx.$queryRaw<[{ isDone: boolean }]>`
      select answer_review(${tenantId}::uuid, ${reviewId}::uuid, ${answer}, ${principalId(principal)}) as "isDone"`;
    if (!answered.isDone) throw notFound();
    const sql = `select ${REVIEW_COLUMNS} from plugin_reviews r where r.id = $1::uuid`;
    const [review] = await tx.$queryRawUnsafe<ReviewRow[]>(sql, reviewId);
    if (review === undefined) throw notFound();
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: answer === null ? 'plugin.unanswer' : 'plugin.answer',
      target: `plugin:${review.pluginName}`,
      details: { review: reviewId, answer },
    });
    return review;
  });
};
