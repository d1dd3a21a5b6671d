import { AuditChain, type AuditBreakReason } from '@ia-modules/audit-chain';
import { notFound } from '../../platform/api-failure.ts';
import { auditVerification } from '../../platform/documents/audit-documents.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { parseEntry } from './exported-entries.ts';

export type AuditFinding =
  | { readonly isIntact: true; readonly entries: number; readonly lastHash: string }
  | { readonly isIntact: false; readonly brokenAtSeq: number; readonly reason: AuditBreakReason };

/** Recomputes the whole chain here. `expect` is the hash of an entry that was noted before and must still be in it. */
export const verifyLines = async (lines: AsyncIterable<string>, expect: string | undefined): Promise<AuditFinding> => {
  const chain = new AuditChain();
  let isFound = expect === undefined;
  for await (const line of lines) {
    const entry = parseEntry(line);
    if (entry === null) return { isIntact: false, brokenAtSeq: Number(chain.lastSeq) + 1, reason: 'content' };
    const broken = chain.add(entry);
    if (broken !== null) return { isIntact: false, ...broken, brokenAtSeq: Number(broken.brokenAtSeq) };
    isFound ||= entry.hash === expect;
  }
  if (!isFound) return { isIntact: false, brokenAtSeq: Number(chain.lastSeq) + 1, reason: 'end' };
  return { isIntact: true, entries: chain.entries, lastHash: chain.lastHash };
};

/** Lets the platform check its own log, part by part. */
export const verifyPlatform = async ({ api, tenant: tenantOf }: PlatformSession): Promise<AuditFinding> => {
  const { slug } = await tenantOf();
  let [fromSeq, entries] = [1, 0];
  let previousHash: string | null = null;
  for (;;) {
    const { tenant }: Awaited<ReturnType<typeof checkPart>> = await checkPart(api, { slug, fromSeq, previousHash });
    if (tenant === null) throw notFound(`There is no tenant '${slug}' that the token may see.`);
    const part = tenant.auditVerification;
    if (!part.isIntact) {
      return { isIntact: false, brokenAtSeq: part.brokenAtSeq ?? fromSeq, reason: part.reason ?? 'content' };
    }
    entries += part.entries;
    if (part.isComplete) return { isIntact: true, entries, lastHash: part.lastHash ?? '' };
    fromSeq = (part.lastSeq ?? fromSeq) + 1;
    previousHash = part.lastHash;
  }
};

const checkPart = (
  api: PlatformSession['api'],
  variables: { slug: string; fromSeq: number; previousHash: string | null },
) => api.query(auditVerification, variables);
