import { AUDIT_FORMAT, type AuditContent, FIRST_HASH, hashAuditContent } from './audit-hash.ts';

export type { AuditContent } from './audit-hash.ts';

export type ChainedEntry = AuditContent & { readonly hash: string };

/**
 * Why a chain does not hold: entries are missing before this one (`gap`), it stands where it does not belong (`order`), it
 * does not follow the entry before (`chain`), it was changed (`content`), or the chain does not end where it should (`end`).
 */
export type AuditBreakReason = 'gap' | 'order' | 'chain' | 'content' | 'end';

/** The first entry that is wrong: for a gap and a cut end the first one that is missing. */
export type AuditBreak = { readonly brokenAtSeq: bigint; readonly reason: AuditBreakReason };

/** Checks entries in the order of their chain, one after the other. */
export class AuditChain {
  #lastSeq: bigint;
  #lastHash: string;
  #entries = 0;

  /** @param start the entry that was checked last; left out for a chain from its beginning */
  constructor(start: Readonly<{ seq: bigint; hash: string }> = { seq: 0n, hash: FIRST_HASH }) {
    this.#lastSeq = start.seq;
    this.#lastHash = start.hash;
  }

  /** How many entries held. */
  get entries(): number {
    return this.#entries;
  }

  get lastSeq(): bigint {
    return this.#lastSeq;
  }

  get lastHash(): string {
    return this.#lastHash;
  }

  /** Takes the next entry; what is wrong with it, if anything. */
  add(entry: ChainedEntry): AuditBreak | null {
    const expected = this.#lastSeq + 1n;
    if (entry.seq > expected) return { brokenAtSeq: expected, reason: 'gap' };
    if (entry.seq < expected) return { brokenAtSeq: entry.seq, reason: 'order' };
    if (entry.previousHash !== this.#lastHash) return { brokenAtSeq: expected, reason: 'chain' };
    if (entry.format > AUDIT_FORMAT || entry.hash !== hashAuditContent(entry)) {
      return { brokenAtSeq: expected, reason: 'content' };
    }
    this.#lastSeq = expected;
    this.#lastHash = entry.hash;
    this.#entries += 1;
    return null;
  }

  /** Compares where the chain ended with where it should have. */
  end(head: Readonly<{ seq: bigint; hash: string }>): AuditBreak | null {
    if (this.#lastSeq < head.seq) return { brokenAtSeq: this.#lastSeq + 1n, reason: 'end' };
    if (this.#lastSeq > head.seq || this.#lastHash !== head.hash) return { brokenAtSeq: this.#lastSeq, reason: 'end' };
    return null;
  }
}
