import { z } from 'zod';
import { pageInfoSchema } from './page-info.ts';

const entrySchema = z.object({
  seq: z.number(),
  at: z.string(),
  actor: z.object({
    kind: z.string(),
    userId: z.string().nullable(),
    user: z.object({ email: z.string() }).nullable(),
    token: z.object({ name: z.string() }).nullable(),
    serviceAccount: z.object({ name: z.string() }).nullable(),
    part: z.string().nullable(),
  }),
  action: z.string(),
  target: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  details: z.unknown(),
  origin: z.object({ address: z.string().nullable() }).nullable(),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof entrySchema>;

export const auditList = {
  document: `query AuditList($slug: String!, $filter: AuditFilter, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    auditLog(filter: $filter, first: $first, after: $after) {
      nodes {
        seq at action target before after details hash origin { address }
        actor { kind userId part user { email } token { name } serviceAccount { name } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
  shape: z.object({
    tenant: z.object({ auditLog: z.object({ nodes: z.array(entrySchema), pageInfo: pageInfoSchema }) }).nullable(),
  }),
};

/** From the oldest on: the list has the newest first, so its end comes first. */
export const auditExport = {
  document: `query AuditExport($slug: String!, $before: String) {
  tenant(slug: $slug) {
    auditLog(last: 100, before: $before) {
      nodes { hash content }
      pageInfo { hasPreviousPage startCursor }
    }
  }
}`,
  shape: z.object({
    tenant: z
      .object({
        auditLog: z.object({
          nodes: z.array(z.object({ hash: z.string(), content: z.record(z.string(), z.unknown()) })),
          pageInfo: z.object({ hasPreviousPage: z.boolean(), startCursor: z.string().nullable() }),
        }),
      })
      .nullable(),
  }),
};

export const auditVerification = {
  document: `query AuditVerification($slug: String!, $fromSeq: Int!, $previousHash: String) {
  tenant(slug: $slug) {
    auditVerification(fromSeq: $fromSeq, previousHash: $previousHash) {
      isIntact isComplete entries lastSeq lastHash brokenAtSeq reason
    }
  }
}`,
  shape: z.object({
    tenant: z
      .object({
        auditVerification: z.object({
          isIntact: z.boolean(),
          isComplete: z.boolean(),
          entries: z.number(),
          lastSeq: z.number().nullable(),
          lastHash: z.string().nullable(),
          brokenAtSeq: z.number().nullable(),
          reason: z.enum(['gap', 'order', 'chain', 'content', 'end']).nullable(),
        }),
      })
      .nullable(),
  }),
};
