import { contentHash } from './content-hash.ts';
import type { AuditEntry, Prisma } from './generated/prisma/client.ts';

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
  /** Never holds a secret. */
  readonly details: Readonly<Record<string, unknown>>;
};

export type AuditVerification =
  | { readonly isIntact: true; readonly entries: number; readonly lastHash: string }
  | { readonly isIntact: false; readonly brokenAtSeq: bigint; readonly reason: 'gap' | 'chain' | 'content' };

type HashedContent = Omit<AuditEntry, 'hash'>;

const FIRST_HASH = '0'.repeat(64);
const PAGE_SIZE = 1000;

/** Appends to the tenant's audit log inside the transaction of the change: both are stored or neither. */
export async function appendAudit(tx: Prisma.TransactionClient, record: AuditRecord): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`audit:${record.tenantId}`}, 0))`;
  const { tenantId } = record;
  const last = await tx.auditEntry.findFirst({
    where: { tenantId },
    orderBy: { seq: 'desc' },
    select: { seq: true, hash: true },
  });
  const content = {
    tenantId,
    seq: (last?.seq ?? 0n) + 1n,
    at: new Date(),
    actor: asJson(record.actor),
    action: record.action,
    target: record.target,
    details: asJson(record.details),
    previousHash: last?.hash ?? FIRST_HASH,
  };
  await tx.auditEntry.create({ data: { ...content, hash: hashEntry(content) } });
}

/**
 * Checks every entry of the tenant's chain. Entries cut off at the end leave an intact chain: to find that, compare
 * `lastHash` with one noted earlier.
 */
export async function verifyAudit(tx: Prisma.TransactionClient, tenantId: string): Promise<AuditVerification> {
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
      seq = entry.seq;
      lastHash = entry.hash;
    }
    if (page.length < PAGE_SIZE) return { isIntact: true, entries: Number(seq), lastHash };
  }
}

function hashEntry(entry: HashedContent): string {
  const { tenantId, seq, at, actor, action, target, details, previousHash } = entry;
  const content = [tenantId, String(seq), at.toISOString(), actor, action, target, details, previousHash];
  return contentHash(content);
}

/** What the database will give back: without undefined, dates as text. */
function asJson(value: unknown): Prisma.JsonObject {
  return JSON.parse(JSON.stringify(value)) as Prisma.JsonObject;
}
