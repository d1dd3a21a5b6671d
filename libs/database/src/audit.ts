import {
  AUDIT_FORMAT,
  AuditChain,
  type AuditBreakReason,
  type ChainedEntry,
  FIRST_HASH,
  hashAuditContent,
} from '@ia-modules/audit-chain';
import { type AuditEntry, Prisma } from './generated/prisma/client.ts';

/** Who did it: a person, by hand or through a token, a service account, or a part of the platform. */
export type AuditActor =
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'token'; readonly tokenId: string; readonly userId: string }
  | { readonly kind: 'service'; readonly serviceAccountId: string; readonly tokenId: string }
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

export type AuditRange = {
  /** @default 1 */
  readonly fromSeq?: bigint;
  /** The hash of the entry before the first; left out, what stands there is believed. */
  readonly previousHash?: string;
  /** How many entries are checked at most; left out, all. */
  readonly limit?: number;
};

export type AuditVerification =
  | {
      readonly isIntact: true;
      readonly entries: number;
      readonly lastSeq: bigint;
      readonly lastHash: string;
      /** Whether the end of the log was reached. */
      readonly isComplete: boolean;
    }
  | { readonly isIntact: false; readonly brokenAtSeq: bigint; readonly reason: AuditBreakReason };

type Head = { readonly seq: bigint; readonly hash: string };
type LockedHead = Head & { readonly origin: string | null };

const PAGE_SIZE = 1000;

/**
 * Appends to the tenant's audit log inside the transaction of the change: both are stored or neither. The origin is that
 * of the transaction.
 */
export async function appendAudit(tx: Prisma.TransactionClient, record: AuditRecord): Promise<void> {
  const { tenantId, action, target } = record;
  const head = (await lockHead(tx, tenantId)) ?? (await beginChain(tx, tenantId));
  const content = {
    tenantId,
    seq: head.seq + 1n,
    at: new Date(),
    actor: asJson(record.actor),
    action,
    target,
    details: asJson(record.details),
    previousHash: head.hash,
    origin: head.origin === null || head.origin === '' ? null : asJson(JSON.parse(head.origin)),
    format: AUDIT_FORMAT,
  };
  const hash = hashAuditContent({ ...content, at: content.at.toISOString() });
  const { seq, at, previousHash } = content;
  await tx.$executeRaw`
    with entry as (
      insert into audit_log (tenant_id, seq, at, actor, action, target, details, previous_hash, hash, origin, format)
      values (${tenantId}::uuid, ${seq}, ${at}::timestamptz, ${text(content.actor)}::jsonb, ${action}, ${target},
        ${text(content.details)}::jsonb, ${previousHash}, ${hash}, ${text(content.origin)}::jsonb, ${AUDIT_FORMAT})
    )
    update audit_heads set seq = ${seq}, hash = ${hash} where tenant_id = ${tenantId}::uuid`;
}

/** The row lock puts the entries of a tenant in one line: whoever waits reads the head as the one before left it. */
async function lockHead(tx: Prisma.TransactionClient, tenantId: string): Promise<LockedHead | undefined> {
  const [head] = await tx.$queryRaw<LockedHead[]>`
    select seq, hash, current_setting('app.origin', true) as origin
    from audit_heads where tenant_id = ${tenantId}::uuid for update`;
  return head;
}

async function beginChain(tx: Prisma.TransactionClient, tenantId: string): Promise<LockedHead> {
  const [head] = await tx.$queryRaw<[LockedHead]>`
    insert into audit_heads as h (tenant_id, seq, hash) values (${tenantId}::uuid, 0, ${FIRST_HASH})
    on conflict (tenant_id) do update set seq = h.seq
    returning seq, hash, current_setting('app.origin', true) as origin`;
  return head;
}

/**
 * Checks the tenant's chain: no entry may be changed, dropped or in another order, the last ones included.
 * @param range for a long log: a part of it, whose end then is the beginning of the next
 */
export async function verifyAudit(
  tx: Prisma.TransactionClient,
  tenantId: string,
  range: AuditRange = {},
): Promise<AuditVerification> {
  // Read first: what is appended meanwhile lies behind it.
  const head: Head = (await tx.auditHead.findUnique({ where: { tenantId } })) ?? { seq: 0n, hash: FIRST_HASH };
  const start = await startOf(tx, tenantId, range);
  if (start === null) return { isIntact: false, brokenAtSeq: (range.fromSeq ?? 1n) - 1n, reason: 'gap' };
  const chain = new AuditChain(start);
  for (;;) {
    const take = Math.min(PAGE_SIZE, (range.limit ?? Number.MAX_SAFE_INTEGER) - chain.entries);
    const page = await tx.auditEntry.findMany({
      where: { tenantId, seq: { gt: chain.lastSeq, lte: head.seq } },
      orderBy: { seq: 'asc' },
      take,
    });
    for (const entry of page) {
      const broken = chain.add(chained(entry));
      if (broken !== null) return { isIntact: false, ...broken };
    }
    if (page.length < take) break;
    if (chain.entries === range.limit) break;
  }
  const isComplete = chain.lastSeq >= head.seq || chain.entries !== range.limit;
  const broken = isComplete ? await checkEnd(tx, { tenantId, chain, head }) : null;
  if (broken !== null) return { isIntact: false, ...broken };
  const { entries, lastSeq, lastHash } = chain;
  return { isIntact: true, entries, lastSeq, lastHash, isComplete };
}

/** Entries that came after the head was read are none that the head forgot: theirs moved on with them. */
async function checkEnd(
  tx: Prisma.TransactionClient,
  { tenantId, chain, head }: Readonly<{ tenantId: string; chain: AuditChain; head: Head }>,
) {
  const broken = chain.end(head);
  if (broken !== null) return broken;
  const [behind] = await tx.$queryRaw<{ seq: bigint }[]>`
    select a.seq from audit_log a
    where a.tenant_id = ${tenantId}::uuid
      and a.seq > coalesce((select h.seq from audit_heads h where h.tenant_id = ${tenantId}::uuid), 0)
    order by a.seq limit 1`;
  return behind === undefined ? null : ({ brokenAtSeq: behind.seq, reason: 'end' } as const);
}

async function startOf(tx: Prisma.TransactionClient, tenantId: string, range: AuditRange): Promise<Head | null> {
  const seq = (range.fromSeq ?? 1n) - 1n;
  if (seq <= 0n) return { seq: 0n, hash: FIRST_HASH };
  if (range.previousHash !== undefined) return { seq, hash: range.previousHash };
  const where = { tenantId_seq: { tenantId, seq } };
  return tx.auditEntry.findUnique({ where, select: { seq: true, hash: true } });
}

function chained(entry: AuditEntry): ChainedEntry {
  return { ...entry, at: entry.at.toISOString() };
}

/** What the database will give back: without undefined, dates as text. */
function asJson(value: unknown): Prisma.JsonObject {
  return JSON.parse(JSON.stringify(value)) as Prisma.JsonObject;
}

function text(value: Prisma.JsonObject | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
