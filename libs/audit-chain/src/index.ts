export {
  type AuditBreak,
  type AuditBreakReason,
  AuditChain,
  type AuditContent,
  type ChainedEntry,
} from './audit-chain.ts';
export { AUDIT_FORMAT, FIRST_HASH, hashAuditContent } from './audit-hash.ts';
export { contentHash } from './content-hash.ts';
