import { contentHash } from './content-hash.ts';
import { type AuditEntry, Prisma } from './generated/prisma/client.ts';

/** Who did it: a user, by hand or through a token, or a part of the platform. */
export type AuditActor =
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'token'; readonly tokenId: string; readonly userId: string }
  | { readonly kind: 'system'; readonly part: string };

export type AuditRecord = {
  readonly tenantId: string;
  readonly actor: AuditActor;
  /** What was done, as `pipeline.create`. */
  readonly action: string;
  /** What it was done to, as `pipeline:<id>`. */
  readonly target: string;
  /** `{before?, after?, …}`; never holds a secret. */
  readonly details: Readonly<Record<string, unknown>>;
};

/** From where a change was asked for. It travels with the transaction, see `withTenant`. */
export type AuditOrigin = {
  readonly address?: string;
  readonly userAgent?: string;
  readonly requestId?: string;
};

export type AuditVerification =
  | { readonly isIntact: true; readonly entries: number; readonly lastHash: string }
  | { readonly isIntact: false; readonly brokenAtSeq: bigint; readonly reason: 'gap' | 'chain' | 'content' | 'end' };

type HashedContent = Omit<AuditEntry, 'hash'>;

/** 1: without the origin. */
const FORMAT = 2;

const FIRST_HASH = '0'.repeat(64);
const PAGE_SIZE = 1000;

/**
 * Appends to the tenant's audit log inside the transaction of the change: both are stored or neither. The origin is that
 * of the transaction.
 */
export async function appendAudit(tx: Prisma.TransactionClient, record: AuditRecord): Promise<void> {
  const { tenantId } = record;
  const [setting] = await tx.$queryRaw<{ origin: string | null }[]>`
    select current_setting('app.origin', true) as origin,
      pg_advisory_xact_lock(hashtextextended(${`audit:${tenantId}`}, 0))::text as locked`;
  const last = await tx.auditHead.findUnique({ where: { tenantId } });
  const origin = setting?.origin ?? '';
  const content = {
    tenantId,
    seq: (last?.seq ?? 0n) + 1n,
    at: new Date(),
    actor: asJson(record.actor),
    action: record.action,
    target: record.target,
    details: asJson(record.details),
    previousHash: last?.hash ?? FIRST_HASH,
    origin: origin === '' ? null : (JSON.parse(origin) as Prisma.JsonObject),
    format: FORMAT,
  };
  const hash = hashEntry(content);
  await tx.auditEntry.create({ data: { ...content, origin: content.origin ?? Prisma.DbNull, hash } });
  const head = { seq: content.seq, hash };
  await tx.auditHead.upsert({ where: { tenantId }, create: { tenantId, ...head }, update: head });
}

/** Checks every entry of the tenant's chain: none may be changed, dropped or in another order, the last ones included. */
export async function verifyAudit(tx: Prisma.TransactionClient, tenantId: string): Promise<AuditVerification> {
  // Read first: what is appended meanwhile lies behind it.
  const head = await tx.auditHead.findUnique({ where: { tenantId } });
  const end = head?.seq ?? 0n;
  let seq = 0n;
  let lastHash = FIRST_HASH;
  for (;;) {
    const page = await tx.auditEntry.findMany({
      where: { tenantId, seq: { gt: seq } },
      orderBy: { seq: 'asc' },
      take: PAGE_SIZE,
    });
    for (const entry of page) {
      const brokenAtSeq = seq + 1n;
      if (entry.seq !== brokenAtSeq) return { isIntact: false, brokenAtSeq, reason: 'gap' };
      if (entry.previousHash !== lastHash) return { isIntact: false, brokenAtSeq, reason: 'chain' };
      if (entry.hash !== hashEntry(entry)) return { isIntact: false, brokenAtSeq, reason: 'content' };
      if (entry.seq === end && entry.hash !== head?.hash) return { isIntact: false, brokenAtSeq, reason: 'end' };
      seq = entry.seq;
      lastHash = entry.hash;
    }
    if (page.length < PAGE_SIZE) break;
  }
  if (seq < end) return { isIntact: false, brokenAtSeq: seq + 1n, reason: 'end' };
  return { isIntact: true, entries: Number(seq), lastHash };
}

function hashEntry(entry: HashedContent): string {
  const { tenantId, seq, at, actor, action, target, details, previousHash, origin, format } = entry;
  const content = [tenantId, String(seq), at.toISOString(), actor, action, target, details, previousHash];
  return contentHash(format === 1 ? content : [...content, origin, format]);
}

/** What the database will give back: without undefined, dates as text. */
function asJson(value: unknown): Prisma.JsonObject {
  return JSON.parse(JSON.stringify(value)) as Prisma.JsonObject;
}
