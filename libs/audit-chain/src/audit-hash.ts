import { contentHash } from './content-hash.ts';

/** What the hash of an entry covers. JSON values count as they are, whatever the order of their keys. */
export type AuditContent = {
  readonly tenantId: string;
  readonly seq: bigint;
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  readonly actor: unknown;
  readonly action: string;
  readonly target: string;
  readonly details: unknown;
  /** The hash of the entry before, or {@link FIRST_HASH}. */
  readonly previousHash: string;
  readonly origin: unknown;
  /** Which of these the hash covers: 1 all but `origin` and `format`, 2 all. */
  readonly format: number;
};

/** The format that is written now. */
export const AUDIT_FORMAT = 2;

/** What the first entry of a chain names as the one before. */
export const FIRST_HASH = '0'.repeat(64);

/** sha256, hex, of the canonical JSON of an entry's content as an array. */
export function hashAuditContent(content: AuditContent): string {
  const { tenantId, seq, at, actor, action, target, details, previousHash, origin, format } = content;
  const covered = [tenantId, String(seq), at, actor, action, target, details, previousHash];
  return contentHash(format === 1 ? covered : [...covered, origin, format]);
}
